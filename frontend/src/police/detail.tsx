import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import type { Hindrance } from "../desk/acts.ts";
import { Position } from "../desk/registry_facts.tsx";
import type { EscalationView, ReportAtOnceRule } from "../generated/contracts.ts";
import { useKeys } from "../keys.ts";
import { ActButton, Fact, Icon, usePerson } from "../parts/pieces.tsx";
import { hms, stamp } from "../time.ts";

interface DetailProps {
  me: Me;
  escalation: EscalationView;
  why: Hindrance | null;
  pending: boolean;
  signFor: (incident: string) => void;
}

/** What the dispatcher needs, and nothing legal: no filing, no countdown, no call-back number that is not known. */
export function EscalationDetail({ me, escalation, why, signFor }: DetailProps): ReactNode {
  const { t } = useTranslation();
  return (
    <main className="pane one" id="content" data-escalation={escalation.id}>
      {escalation.state === "sent" && (
        <div className="loud" role="status">
          <span className="sq" />
          <b>{t("police.loud")}</b>
          <span>{t("police.reportedAt", { time: hms(escalation.escalated_at) })}</span>
        </div>
      )}
      <Summary escalation={escalation} />
      <Rail me={me} escalation={escalation} />
      <Facts me={me} escalation={escalation} />
      {me.roles.includes("police") && <SignFor escalation={escalation} why={why} signFor={signFor} />}
    </main>
  );
}

function Summary({ escalation }: { escalation: EscalationView }): ReactNode {
  const { t } = useTranslation();
  return (
    <header className="sum">
      <h1>{escalation.site_name === "" ? t("police.unknownSite", { account: escalation.account }) : escalation.site_name}</h1>
      <p className="place">
        {t(`class.${escalation.class}`)} · <span className="mono">{escalation.code}</span>
        {escalation.zone !== "" && ` · ${t("event.zone", { zone: escalation.zone })}`}
      </p>
      <Said escalation={escalation} />
    </header>
  );
}

function Said({ escalation }: { escalation: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const { verification } = escalation;
  if (verification === null) return <p className="said">{t("police.unsaid")}</p>;
  const evidence = verification.evidence.map((item) => (item.note === "" ? t(`evidence.${item.kind}`) : `${t(`evidence.${item.kind}`)}：${item.note}`));
  return (
    <p className="said">
      {t("police.said", { time: hms(verification.at), result: t(`result.${verification.result}`) })} {evidence.join("；")}{" "}
      {escalation.rule !== null && t("police.rule", { rule: t(`rule.${escalation.rule as ReportAtOnceRule}`) })}
    </p>
  );
}

function Rail({ me, escalation }: { me: Me; escalation: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const signed = escalation.state === "signed_for";
  return (
    <ol className="rail">
      <li className="done">
        <Icon name="check" />
        {t("police.sent")} <time>{hms(escalation.escalated_at)}</time>
      </li>
      <li className={signed ? "done" : "now"} data-signed={signed}>
        <Icon name={signed ? "check" : "now"} />
        {signed ? t("police.signed") : t("act.signFor")} {escalation.signed_for_at !== null && <time>{hms(escalation.signed_for_at)}</time>}
        {signed && <span>{person(escalation.signed_for_by)}</span>}
        {signed && <span>{escalation.police_incident_no === null ? t("track.noIncident") : `${t("police.incident")} ${escalation.police_incident_no}`}</span>}
      </li>
    </ol>
  );
}

function Facts({ me, escalation }: { me: Me; escalation: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  return (
    <div className="facts" tabIndex={0}>
      <h2>{t("police.place")}</h2>
      <dl>
        <Fact name={t("alarm.position")}>
          <Position lon={escalation.lon} lat={escalation.lat} />
        </Fact>
        <Fact name={t("alarm.bureau")}>{escalation.bureau ?? "—"}</Fact>
        <Fact name={t("alarm.division")}>
          <span className="mono">{escalation.division ?? "—"}</span>
        </Fact>
        <Fact name={t("police.times")}>
          {t("alarm.received")} {stamp(escalation.received_at)}
        </Fact>
      </dl>
      <h2>{t("police.who")}</h2>
      <dl>
        <Fact name={t("alarm.provider")}>{escalation.provider_name === "" ? t("alarm.unknownProvider") : escalation.provider_name}</Fact>
        <Fact name={t("police.operator")}>{person(escalation.escalated_by)}</Fact>
        <Fact name={t("police.theirNumber")}>
          <span className="mono">{escalation.number}</span>
        </Fact>
      </dl>
    </div>
  );
}

/** `S`, or Enter in the number, signs; the number may stay empty. */
function SignFor({ escalation, why, signFor }: { escalation: EscalationView; why: Hindrance | null; signFor: (incident: string) => void }): ReactNode {
  const { t } = useTranslation();
  const [incident, setIncident] = useState("");
  const sign = (): void => signFor(incident.trim());
  useKeys({ s: sign });
  const reason = why === null ? null : t(`why.${why}`);
  return (
    <form
      className="sign"
      onSubmit={(event) => {
        event.preventDefault();
        sign();
      }}
    >
      {escalation.state === "sent" && (
        <label>
          <span className="small dim">{t("police.incident")}</span>
          <input className="mono" name="incident" value={incident} placeholder={t("police.incidentHint")} autoComplete="off" onChange={(event) => setIncident(event.target.value)} />
        </label>
      )}
      <ActButton main word={t("act.signFor")} keys={["S", "↵"]} why={reason} run={sign} />
    </form>
  );
}
