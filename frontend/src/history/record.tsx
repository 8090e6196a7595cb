import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me, PastRecord } from "../api.ts";
import { useBureau } from "../parts/bureau.tsx";
import { usePerson } from "../parts/pieces.tsx";
import { eventBy, eventDetail, eventWord } from "../words/events.ts";
import { clock } from "./instant.ts";
import { known } from "./steps.ts";

const HEADS = ["position", "time", "what", "who", "digest", "continues"] as const;
const SHORT = 8;

interface TableProps {
  me: Me;
  records: readonly PastRecord[];
  at: number;
  loading: boolean;
}

/** Every event with its place and its link to the record before; below the bar, in grey, what had not happened yet. */
export function RecordTable({ me, records, at, loading }: TableProps): ReactNode {
  const { t } = useTranslation();
  const cut = records.findIndex((one) => !known(one, at));
  const past = cut < 0 ? records : records.slice(0, cut);
  const later = cut < 0 ? [] : records.slice(cut);
  return (
    <>
      <div className="head">
        <h2>{t("history.record")}</h2>
        <span>{loading ? t("history.loading") : t("history.count", { n: records.length })}</span>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("history.record")}>
        <table>
          <thead>
            <tr>
              {HEADS.map((head) => (
                <th key={head} scope="col" className={head === "continues" || head === "digest" ? "wide" : undefined}>
                  {t(`history.${head}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Rows me={me} records={past} kind="past" />
            {later.length > 0 && (
              <tr className="cut">
                <td colSpan={HEADS.length}>{t("history.cut", { time: clock(at) })}</td>
              </tr>
            )}
            <Rows me={me} records={later} kind="later" />
          </tbody>
        </table>
      </div>
    </>
  );
}

function Rows({ me, records, kind }: { me: Me; records: readonly PastRecord[]; kind: "past" | "later" }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const bureau = useBureau();
  return records.map((one, index) => {
    const newest = kind === "past" && index === records.length - 1;
    const again = records[index - 1]?.offset === one.offset && records[index - 1]?.partition === one.partition;
    return (
      <tr key={`${one.partition}:${one.offset}:${index}`} className={kind === "later" ? "later" : undefined} data-record={kind} aria-current={newest}>
        <td className={again ? "mono dim" : "mono"}>
          {one.partition}·{one.offset}
        </td>
        <td className={again ? "nowrap dim" : "nowrap"}>{clock(one.time)}</td>
        <td>
          {newest ? <b className="what">{eventWord(t, one.type)}</b> : <span className="what">{eventWord(t, one.type)}</span>} <span className="small">{eventDetail(t, one, person, bureau)}</span>
        </td>
        <td className="nowrap">{eventBy(t, one, person)}</td>
        <td className="mono dim wide" title={one.digest}>
          {one.digest.slice(0, SHORT)}
        </td>
        <td className="mono dim wide" title={one.prev}>
          {one.prev.slice(0, SHORT)}
        </td>
      </tr>
    );
  });
}
