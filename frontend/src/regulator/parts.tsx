// Pieces that the regulator's pages share: alarms with the ways to their past, the changes of an entry, filings.

import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { said } from "../desk/story.tsx";
import type { AlarmView, Filing } from "../generated/contracts.ts";
import { useBureau } from "../parts/bureau.tsx";
import { Heads } from "../parts/heads.tsx";
import { Code, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { inside } from "../route.ts";
import { stamp } from "../time.ts";
import type { Step } from "./api.ts";

interface PartProps {
  title: string;
  count: number | undefined;
  error: Error | null;
  /** Null where the zero in the head says enough. */
  empty: string | null;
  /** It is the entry itself: there is nothing to count. */
  entry?: boolean;
  children: ReactNode;
}

/** A part of the page: its name, how much there is, and what to read when there is nothing. */
export function Part({ title, count, error, empty, entry = false, children }: PartProps): ReactNode {
  const { t } = useTranslation();
  return (
    <section aria-label={title}>
      <div className="head">
        <h2>{title}</h2>
        <span>{count === undefined ? (error === null ? t("records.loading") : "") : entry ? "" : t("regulator.count", { n: count })}</span>
      </div>
      {error !== null && (
        <p className="fault" role="alert">
          {said(error)}
        </p>
      )}
      {count === 0 ? empty !== null && <p className="nothing">{empty}</p> : children}
    </section>
  );
}

export function Alarms({ found }: { found: readonly AlarmView[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <table>
      <Heads words={(["number", "time", "what", "site", "provider", "state"] as const).map((head) => t(`records.${head}`))} />
      <tbody>
        {found.map((alarm) => (
          <tr key={alarm.id} data-alarm={alarm.id}>
            <td className="nowrap">
              <a {...inside(`/history/${encodeURIComponent(alarm.id)}`)}>{alarm.number}</a>
            </td>
            <td className="nowrap">
              {stamp(alarm.raised_at)}{" "}
              <a className="small" {...inside(`/history?at=${alarm.raised_at}`)}>
                {t("regulator.deskThen")}
              </a>
            </td>
            <td className="nowrap">
              <Priority level={alarm.priority} /> {t(`class.${alarm.class}`)} <Code alarm={alarm} />
            </td>
            <td>
              {alarm.site_known ? (
                <a {...inside(`/regulator/sites/${encodeURIComponent(alarm.site)}`)}>
                  <SiteName alarm={alarm} />
                </a>
              ) : (
                <SiteName alarm={alarm} />
              )}
            </td>
            <td>{alarm.provider === null ? t("alarm.unknownProvider") : <a {...inside(`/regulator/providers/${encodeURIComponent(alarm.provider)}`)}>{alarm.provider_name || alarm.provider}</a>}</td>
            <td className="nowrap">{t(`alarmState.${alarm.state}`)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function filingWords(t: TFunction, { state, authority, since, reference }: Filing): string {
  return [t(`filing.${state}`), authority, since, reference == null ? null : t("alarm.reference", { n: reference })].filter((part) => part !== null).join(" · ");
}

/** What was changed, by whom and when; the newest first. */
export function Steps({ me, steps }: { me: Me; steps: readonly Step[] }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const bureau = useBureau();
  const inWords = (field: string, value: string): string => (field === "bureau" && value !== "" ? bureau(value) : value || "—");
  return (
    <table>
      <Heads words={(["time", "field", "before", "after", "by", "registerPosition"] as const).map((head) => t(`regulator.${head}`))} />
      <tbody>
        {steps.flatMap((step) =>
          step.changes.map((change, index) => (
            <tr key={`${step.position}:${change.field}`} data-step={step.position}>
              <td className={index === 0 ? "nowrap" : "nowrap dim"}>{stamp(step.at_us)}</td>
              <td>{fieldWord(t, change.field)}</td>
              <td>{inWords(change.field, change.before)}</td>
              <td>{inWords(change.field, change.after)}</td>
              <td>{person(step.by)}</td>
              <td className="mono">{step.position}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}

const FIELDS = ["name", "provider", "site_class", "division", "bureau", "lon", "lat", "filing", "line", "contract", "people", "merged_into"] as const;

/** `filing:AUTHORITY`: the word, and of what. */
function fieldWord(t: TFunction, field: string): string {
  const [name = "", ...of] = field.split(":");
  const known = FIELDS.find((one) => one === name);
  return [known === undefined ? name : t(`regulator.fields.${known}`), of.join(":")].filter((part) => part !== "").join(" ");
}
