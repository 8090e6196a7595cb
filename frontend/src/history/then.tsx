import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me, Past } from "../api.ts";
import { secondsToReport } from "../desk/report_delay.ts";
import type { AlarmView, EscalationView } from "../generated/contracts.ts";
import { Bureau } from "../parts/bureau.tsx";
import { Fact, Icon, Priority, SiteName, usePerson } from "../parts/pieces.tsx";
import { inside } from "../route.ts";
import { age } from "../time.ts";
import { clock } from "./instant.ts";
import { Interrupted } from "./interruptions.tsx";

interface ThenProps {
  me: Me;
  alarms: readonly AlarmView[];
  escalations: readonly EscalationView[];
  at: number;
  /** One alarm, with its tracks and its registry entry. */
  whole?: boolean;
}

/** The state as it stood at that instant, and nothing that came later. */
export function Then({ me, alarms, escalations, at, whole = false }: ThenProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={t("history.then")}>
      {[...alarms].sort(byUrgency).map((alarm) => (
        <div key={alarm.id}>
          <Card me={me} alarm={alarm} at={at} link={!whole} />
          {whole && <State me={me} alarm={alarm} escalation={escalations.find((one) => one.id === alarm.escalation)} />}
          {whole && <Registry alarm={alarm} />}
          {whole && alarm.site_known && <Interrupted alarm={alarm} at={at} />}
        </div>
      ))}
      {alarms.length === 0 && <p className="nothing">{t("history.none")}</p>}
    </div>
  );
}

function byUrgency(a: AlarmView, b: AlarmView): number {
  return a.priority - b.priority || a.raised_at - b.raised_at;
}

function Card({ me, alarm, at, link }: { me: Me; alarm: AlarmView; at: number; link: boolean }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const holder = alarm.claimed_by === null ? t("history.untaken") : t("history.with", { who: person(alarm.claimed_by) });
  const name = (
    <b>
      <SiteName alarm={alarm} />
    </b>
  );
  return (
    <div className="card" data-alarm={alarm.id}>
      <Priority level={alarm.priority} />
      <div>
        {link ? <a {...inside(`/history/${encodeURIComponent(alarm.id)}?at=${at}`)}>{name}</a> : name}
        <br />
        <span className="dim">
          {t(`class.${alarm.class}`)} · <span className="mono">{alarm.account}</span> · {t("alarm.number")} {alarm.number} · {alarm.state === "closed" ? t("alarmState.closed") : holder} · {age((alarm.closed_at ?? at) - alarm.raised_at)}
        </span>
      </div>
    </div>
  );
}

function State({ me, alarm, escalation }: { me: Me; alarm: AlarmView; escalation: EscalationView | undefined }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const { verification, escalation: report } = alarm.tracks;
  const seconds = secondsToReport(alarm);
  return (
    <dl className="kv">
      <Fact name={t("track.verification")}>
        <Icon name={verification === "waiting" ? "wait" : "check"} /> {verification === "waiting" ? t("track.waiting") : t(`result.${verification}`)}
        {alarm.verification !== null && ` · ${person(alarm.verification.by)} · ${t("history.evidence", { n: alarm.verification.evidence.length })}`}
      </Fact>
      <Fact name={t("track.escalation")}>
        <Icon name={report === "none" ? "wait" : "check"} /> {t(`track.${report}`)}
        {seconds !== null && ` · ${t("track.afterVerified", { n: seconds })}`}
        {alarm.police_incident_no !== null && ` · ${alarm.police_incident_no}`}
        {escalation !== undefined && escalation.signed_for_at !== null && ` · ${clock(escalation.signed_for_at)}`}
      </Fact>
      <Fact name={t("alarm.signals")}>
        {alarm.occurrence_count}
        {alarm.suggests !== null && ` · ${t("queue.suggested")}`}
      </Fact>
      <Fact name={t("alarm.notesName")}>{alarm.note_count}</Fact>
    </dl>
  );
}

function Registry({ alarm }: { alarm: AlarmView }): ReactNode {
  const { t } = useTranslation();
  const { filing } = alarm;
  return (
    <>
      <div className="head">
        <h2>{t("history.registry")}</h2>
      </div>
      <dl className="kv">
        <Fact name={t("alarm.siteClass")}>{alarm.site_class === null ? "—" : t(`siteClass.${alarm.site_class}`)}</Fact>
        <Fact name={t("alarm.provider")}>{alarm.provider_name === "" ? t("alarm.unknownProvider") : alarm.provider_name}</Fact>
        <Fact name={t("alarm.filing")}>
          {filing === null ? t("alarm.unknownFiling") : `${t(`filing.${filing.state}`)} · ${filing.authority}`}
          {filing?.reference != null && ` · ${t("alarm.reference", { n: filing.reference })}`}
        </Fact>
        <Fact name={t("alarm.bureau")}>
          <Bureau code={alarm.bureau} />
        </Fact>
        <Fact name={t("history.registryPosition")}>
          <span className="mono">{alarm.registry_position}</span>
        </Fact>
      </dl>
    </>
  );
}

/** Without an alarm: how far each partition was read for this instant. */
export function ThenAll({ at, past }: { at: number; past: Past | undefined }): ReactNode {
  const { t } = useTranslation();
  const open = past?.alarms.filter((one) => one.state === "open").length ?? 0;
  return (
    <>
      <div className="head">
        <h2>{t("history.partitions")}</h2>
      </div>
      {past !== undefined && open === 0 && (
        <div className="nothing" data-empty>
          <h2>{t("history.none")}</h2>
          <p>{t("history.noneDo", { n: past.positions.length })}</p>
        </div>
      )}
      <div className="scroll" tabIndex={0} role="region" aria-label={t("history.partitions")}>
        <p className="pickone">{t("history.pick")}</p>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("history.position")}</th>
              <th scope="col">{t("history.time")}</th>
              <th scope="col">{t("history.headDigest")}</th>
            </tr>
          </thead>
          <tbody>
            {past?.positions.map((one) => (
              <tr key={one.partition} data-partition={one.partition}>
                <td className="mono">
                  {one.partition}·{one.offset}
                </td>
                <td className="nowrap">{one.time <= 0 || one.time > at ? "—" : clock(one.time)}</td>
                <td className="mono dim">{one.head.slice(0, 16)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
