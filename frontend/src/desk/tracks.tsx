import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import type { AlarmView, EscalationView, GuardStage, GuardView } from "../generated/contracts.ts";
import { useBureau } from "../parts/bureau.tsx";
import { Icon, usePerson, type IconName } from "../parts/pieces.tsx";
import { hms } from "../time.ts";
import { SendersWords } from "../police/senders.tsx";
import { secondsForGuard, wantsGuard } from "./guards.ts";
import type { ActName } from "./acting.ts";
import { mayAct } from "./acts.ts";
import { secondsToReport } from "./report_delay.ts";

interface TracksProps {
  me: Me;
  alarm: AlarmView;
  keys: boolean;
  pending: ActName | null;
}

/** Verification, guard response and escalation, beside one another. Subscriber contact is not recorded by this version, so not drawn. */
export function Tracks({ me, alarm, keys, pending }: TracksProps): ReactNode {
  const { picture } = useLive();
  const mine = alarm.state === "open" && alarm.claimed_by === me.id;
  const waiting = alarm.tracks.verification === "waiting";
  const reportable = alarm.tracks.escalation === "none" && (!waiting || alarm.class === "duress") && alarm.tracks.verification !== "false_alarm";
  const escalation = alarm.escalation === null ? undefined : picture.escalations.get(alarm.escalation);
  return (
    <div className="tracks">
      <VerificationTrack me={me} alarm={alarm} next={keys && mine && waiting && alarm.class !== "duress"} keys={keys} hatched={pending === "verify"} />
      <GuardTrack alarm={alarm} next={keys && wantsGuard(alarm)} keys={keys} hatched={pending === "orderGuard" || pending === "guardStep" || pending === "guardResult"} />
      <EscalationTrack me={me} alarm={alarm} escalation={escalation} next={keys && mine && reportable} keys={keys} hatched={pending === "escalate"} reportable={reportable} />
    </div>
  );
}

interface TrackProps {
  name: "verification" | "guard" | "escalation";
  state: string;
  next: boolean;
  hatched: boolean;
  keyCap: string | null;
  icon: IconName;
  word: string;
  children: ReactNode;
}

function Track({ name, state, next, hatched, keyCap, icon, word, children }: TrackProps): ReactNode {
  const { t } = useTranslation();
  const classes = ["track", next ? "next" : "", hatched ? "hatch" : ""].filter(Boolean).join(" ");
  return (
    <section className={classes} data-track={name} data-state={state} data-pending={hatched || undefined}>
      <h2>
        {t(`track.${name}`)} {next && <span className="dim">· {t("track.next")}</span>}
        {hatched && <span className="dim">· {t("queue.pending")}</span>}
        <span className="push" />
        {keyCap !== null && <kbd>{keyCap}</kbd>}
      </h2>
      <p className="state">
        <Icon name={icon} />
        {word}
      </p>
      <ul>{children}</ul>
    </section>
  );
}

function Step({ icon, words, at }: { icon: IconName; words: string; at: number | null }): ReactNode {
  return (
    <li>
      <Icon name={icon} />
      <span>{words}</span>
      {at !== null && <time>{hms(at)}</time>}
    </li>
  );
}

interface OneTrack {
  me: Me;
  alarm: AlarmView;
  next: boolean;
  keys: boolean;
  hatched: boolean;
}

function VerificationTrack({ me, alarm, next, keys, hatched }: OneTrack): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const { verification } = alarm;
  const state = alarm.tracks.verification;
  const word = state === "waiting" ? t("track.waiting") : t(`result.${state}`);
  return (
    <Track name="verification" state={state} next={next} hatched={hatched} keyCap={keys ? "V" : null} icon={state === "waiting" ? "wait" : "check"} word={word}>
      {verification !== null && <Step icon="check" words={person(verification.by)} at={verification.at} />}
      {verification?.evidence.map((item, at) => (
        <Step key={at} icon="check" words={[t(`evidence.${item.kind}`), item.found === null ? "" : t(`found.${item.found}`)].filter(Boolean).join(" · ") + (item.note === "" ? "" : t("punct.colon") + item.note)} at={null} />
      ))}
    </Track>
  );
}

/** Each guard with the times of its steps; the newest last. A guard that is wanted and not ordered has seconds left. */
function GuardTrack({ alarm, next, keys, hatched }: Omit<OneTrack, "me">): ReactNode {
  const { t } = useTranslation();
  const { now } = useLive();
  const stage = alarm.tracks.guard;
  const left = secondsForGuard(alarm, now);
  const wanted = wantsGuard(alarm);
  const due = left > 0 ? t("queue.left", { n: left }) : t("queue.overdue");
  const word = stage !== "none" ? t(`guardStage.${stage}`) : wanted ? `${t("guard.none")} · ${due}` : t("guard.none");
  const icon: IconName = stage === "none" ? (wanted && left === 0 ? "warn" : "wait") : stage === "result" || stage === "left" ? "check" : "now";
  return (
    <Track name="guard" state={stage} next={next} hatched={hatched} keyCap={keys ? "G" : null} icon={icon} word={word}>
      {alarm.class === "duress" && <Step icon="nocall" words={t("guard.standsOff")} at={null} />}
      {alarm.guards.map((guard) => (
        <GuardSteps key={guard.id} guard={guard} />
      ))}
    </Track>
  );
}

function GuardSteps({ guard }: { guard: GuardView }): ReactNode {
  const { t } = useTranslation();
  const done: readonly (readonly [Exclude<GuardStage, "ordered" | "result">, number | null])[] = [
    ["accepted", guard.accepted_at],
    ["en_route", guard.en_route_at],
    ["arrived", guard.arrived_at],
    ["searched", guard.searched_at],
  ];
  const ordered = [t("guardStage.ordered"), guard.unit, guard.stand_off ? t("guard.waits") : ""].filter(Boolean).join(" · ");
  return (
    <>
      <Step icon="check" words={ordered} at={guard.ordered_at} />
      {done.map(([stage, at]) => at !== null && <Step key={stage} icon="check" words={t(`guardStage.${stage}`)} at={at} />)}
      {guard.finding !== null && <Step icon={guard.finding === "nothing" ? "check" : "warn"} words={[t(`guardFinding.${guard.finding}`), guard.note].filter(Boolean).join(t("punct.colon"))} at={guard.found_at} />}
      {guard.left_at !== null && <Step icon="check" words={t("guardStage.left")} at={guard.left_at} />}
    </>
  );
}

interface Reporting extends OneTrack {
  escalation: EscalationView | undefined;
  reportable: boolean;
}

function EscalationTrack({ me, alarm, escalation, next, keys, hatched, reportable }: Reporting): ReactNode {
  const { t } = useTranslation();
  const state = alarm.tracks.escalation;
  const under = state === "sent" || state === "transferred" || state === "delivered";
  const icon: IconName = state === "none" ? "wait" : state === "undelivered" || state === "returned" ? "warn" : under ? "now" : "check";
  const word = state === "none" && reportable ? t("track.ready") : t(`track.${state}`);
  const seconds = secondsToReport(alarm);
  return (
    <Track name="escalation" state={state} next={next} hatched={hatched} keyCap={keys ? "E" : null} icon={icon} word={word}>
      {alarm.escalated_at !== null && <Step icon="check" words={[t("event.alarm_escalated_v1"), seconds === null ? "" : t("track.afterVerified", { n: seconds })].filter(Boolean).join(" · ")} at={alarm.escalated_at} />}
      {state !== "none" && alarm.escalation_mark !== "actual" && <Step icon="warn" words={t(`drill.${alarm.escalation_mark}`)} at={null} />}
      {escalation !== undefined && <PoliceSteps me={me} escalation={escalation} />}
      {escalation === undefined && alarm.police_incident_no !== null && <Step icon="check" words={`${t("track.incident")} ${alarm.police_incident_no}`} at={null} />}
      {under && <Step icon="wait" words={t("track.awaited")} at={null} />}
      {escalation !== undefined && mayAct(me.roles) && <SendersWords key={escalation.id} me={me} escalation={escalation} />}
    </Track>
  );
}

/** What the police did with the report, each step once. */
function PoliceSteps({ me, escalation: one }: { me: Me; escalation: EscalationView }): ReactNode {
  const { t } = useTranslation();
  const person = usePerson(me);
  const bureau = useBureau();
  const number = one.police_incident_no === null ? t("track.noIncident") : `${t("track.incident")} ${one.police_incident_no}`;
  return (
    <>
      {one.attempt > 1 && <Step icon="warn" words={t("track.attempt", { n: one.attempt })} at={null} />}
      {one.unsure && <Step icon="warn" words={`${t("track.unsure")} ${one.delivery_detail}`} at={null} />}
      {one.transferred_at !== null && <Step icon="warn" words={`${t("act.transfer")} ${bureau(one.transferred_from)} → ${bureau(one.bureau)}`} at={one.transferred_at} />}
      {one.delivered_at !== null && <Step icon="check" words={[t("police.delivered"), one.status_asked ? t("track.statusAsked") : ""].filter(Boolean).join(" · ")} at={one.delivered_at} />}
      {one.phoned_at !== null && <Step icon="check" words={`${t("track.phoned")} ${one.phone_told} · ${person(one.phoned_by)}`} at={one.phoned_at} />}
      {one.returned_at !== null && <Step icon="warn" words={[t("track.returnedBy"), one.returned_reason === null ? "" : t(`returned.${one.returned_reason}`), one.returned_text].filter(Boolean).join(" · ")} at={one.returned_at} />}
      {one.duplicate_of !== null && <Step icon="check" words={`${t("act.duplicate")} ${one.duplicate_of}`} at={null} />}
      {one.additions.map((added) => (
        <Step key={added.id} icon="check" words={`${t(`addition.${added.kind}`)} · ${added.text}`} at={added.at} />
      ))}
      {one.signed_for_at !== null && <Step icon="check" words={`${t("track.policeSigned")} ${person(one.signed_for_by)} · ${number}`} at={one.signed_for_at} />}
      {one.dispatched_at !== null && <Step icon="check" words={`${t("track.dispatched")} ${one.unit}`} at={one.dispatched_at} />}
      {one.on_scene_at !== null && <Step icon="check" words={t("track.on_scene")} at={one.on_scene_at} />}
      {one.feedback.map((said, at) => (
        <Step key={at} icon="check" words={[said.final ? t("event.final") : t("police.feedback"), said.disposition === null ? "" : t(`disposition.${said.disposition}`), said.text].filter(Boolean).join(" · ")} at={said.at} />
      ))}
    </>
  );
}
