import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import type { AlarmView } from "../generated/contracts.ts";
import { Icon, usePerson } from "../parts/pieces.tsx";
import { hms } from "../time.ts";

/** Verification and escalation. Guard response and subscriber contact are not recorded by this version, so not drawn. */
export function Tracks({ me, alarm, keys }: { me: Me; alarm: AlarmView; keys: boolean }): ReactNode {
  const mine = alarm.state === "open" && alarm.claimed_by === me.id;
  const waiting = alarm.tracks.verification === "waiting";
  const reportable = alarm.tracks.escalation === "none" && !waiting && alarm.tracks.verification !== "false_alarm";
  return (
    <div className="tracks">
      <VerificationTrack me={me} alarm={alarm} next={keys && mine && waiting} keys={keys} />
      <EscalationTrack alarm={alarm} next={keys && mine && reportable} keys={keys} reportable={reportable} />
    </div>
  );
}

function VerificationTrack({ me, alarm, next, keys }: { me: Me; alarm: AlarmView; next: boolean; keys: boolean }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const { verification } = alarm;
  const state = alarm.tracks.verification;
  return (
    <section className={next ? "track next" : "track"} data-track="verification" data-state={state}>
      <h2>
        {t("track.verification")} {next && <span className="dim">· {t("track.next")}</span>}
        <span className="push" />
        {keys && <kbd>V</kbd>}
      </h2>
      <p className="state">
        <Icon name={state === "waiting" ? "wait" : "check"} />
        {state === "waiting" ? t("track.waiting") : t(`result.${state}`)}
      </p>
      {verification !== null && (
        <ul>
          <li>
            <Icon name="check" />
            <span>{person(verification.by)}</span>
            <time>{hms(verification.at)}</time>
          </li>
          {verification.evidence.map((item, at) => (
            <li key={at}>
              <Icon name="check" />
              <span>
                {t(`evidence.${item.kind}`)}
                {item.note !== "" && `：${item.note}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function EscalationTrack({ alarm, next, keys, reportable }: { alarm: AlarmView; next: boolean; keys: boolean; reportable: boolean }): ReactNode {
  const { t } = useTranslation();
  const state = alarm.tracks.escalation;
  return (
    <section className={next ? "track next" : "track"} data-track="escalation" data-state={state}>
      <h2>
        {t("track.escalation")} {next && <span className="dim">· {t("track.next")}</span>}
        <span className="push" />
        {keys && <kbd>E</kbd>}
      </h2>
      <p className="state">
        <Icon name={state === "signed_for" ? "check" : state === "sent" ? "now" : "wait"} />
        {state === "none" && reportable ? t("track.ready") : t(`track.${state}`)}
      </p>
      <ul>
        {alarm.escalated_at !== null && (
          <li>
            <Icon name="check" />
            <span>{t("event.alarm_escalated_v1")}</span>
            <time>{hms(alarm.escalated_at)}</time>
          </li>
        )}
        {state === "signed_for" && (
          <li>
            <Icon name="check" />
            <span>
              {t("track.policeSigned")} · {alarm.police_incident_no === null ? t("track.noIncident") : `${t("track.incident")} ${alarm.police_incident_no}`}
            </span>
          </li>
        )}
      </ul>
    </section>
  );
}
