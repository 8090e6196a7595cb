import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { said } from "../desk/story.tsx";
import { inside } from "../route.ts";
import { whichWord } from "../words/which.ts";
import { signals, type SignalSeen } from "./api.ts";
import type { Place } from "./place.ts";
import { clock } from "../history/instant.ts";

const HEADS = ["time", "code", "zone", "outcome", "alarm", "signal", "position"] as const;

/** The signals of one line in one minute, as the record has them; what is missing is not among them. */
export function Signals({ place }: { place: Place }): ReactNode {
  const { t } = useTranslation();
  const { line, minute } = place;
  const found = useQuery({ queryKey: ["accounted signals", line, minute], queryFn: () => signals(line ?? "", minute ?? "") });
  return (
    <section aria-label={t("accounting.signals")}>
      <div className="head">
        <h2>{t("accounting.signals")}</h2>
        <span>{found.isPending ? t("records.loading") : t("records.count", { n: found.data?.length ?? 0 })}</span>
      </div>
      {found.isError && <p className="fault" role="alert">{said(found.error)}</p>}
      {found.data?.length === 0 && <p className="nothing">{line === "" ? t("accounting.noneOfNoLine") : t("accounting.noneRecorded")}</p>}
      {found.data !== undefined && found.data.length > 0 && (
        <table>
          <thead>
            <tr>
              {HEADS.map((head) => (
                <th key={head} scope="col">
                  {t(`accounting.${head}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.data.map((one) => (
              <Row key={`${one.run}/${one.counter}`} one={one} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ one }: { one: SignalSeen }): ReactNode {
  const { t } = useTranslation();
  return (
    <tr data-signal={`${one.run}/${one.counter}`}>
      <td className="nowrap">{clock(one.received_at)}</td>
      <td className="mono">
        {one.code} {one.qualifier === "new" ? "" : one.qualifier}
      </td>
      <td>{[one.area, one.zone === "" ? "" : whichWord(t, one)].filter((part) => part !== "").join(" / ") || "—"}</td>
      <td>
        {t(`outcome.${one.outcome}`)} <span className="small dim">{one.reason}</span>
      </td>
      <td>{one.alarm === null ? "—" : <a {...inside(`/alarms/${encodeURIComponent(one.alarm)}`)}>{t("accounting.openAlarm")}</a>}</td>
      <td className="mono" title={one.run}>
        {one.run.slice(-6)}·{one.counter}
        {one.sequence === null || one.sequence === "" ? "" : ` #${one.sequence}`}
      </td>
      <td className="mono">
        {one.partition}·{one.offset}
      </td>
    </tr>
  );
}
