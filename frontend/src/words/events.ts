import type { TFunction } from "i18next";

import type { RecordedEvent } from "../api.ts";
import type { CommandRefused, Event, EvidenceFinding, EvidenceKind } from "../generated/contracts.ts";
import { hms } from "../time.ts";
import { whichWord } from "./which.ts";

type Tag = Event["type"];

const WORD = {
  "log.begun.v1": "log_begun_v1",
  "log.mended.v1": "log_mended_v1",
  "log.decided_otherwise.v1": "log_decided_otherwise_v1",
  "log.resumed.v1": "log_resumed_v1",
  "log.generation_begun.v1": "log_generation_begun_v1",
  "log.state_carried.v1": "log_state_carried_v1",
  "signal.recorded.v1": "signal_recorded_v1",
  "signal.carried_on.v1": "signal_carried_on_v1",
  "signal.noted.v1": "signal_noted_v1",
  "signal.restore_passed_back.v1": "signal_restore_passed_back_v1",
  "signal.restores_awaited.v1": "signal_restores_awaited_v1",
  "signal.restores_owed.v1": "signal_restores_owed_v1",
  "alarm.raised.v1": "alarm_raised_v1",
  "alarm.occurred.v1": "alarm_occurred_v1",
  "alarm.restored.v1": "alarm_restored_v1",
  "alarm.adopted.v1": "alarm_adopted_v1",
  "alarm.claim_fell_due.v1": "alarm_claim_fell_due_v1",
  "alarm.claimed.v1": "alarm_claimed_v1",
  "alarm.released.v1": "alarm_released_v1",
  "alarm.handed_over.v1": "alarm_handed_over_v1",
  "alarm.taken_over.v1": "alarm_taken_over_v1",
  "alarm.noted.v1": "alarm_noted_v1",
  "alarm.verified.v1": "alarm_verified_v1",
  "alarm.report_suggested.v1": "alarm_report_suggested_v1",
  "guard.ordered.v1": "guard_ordered_v1",
  "guard.reported.v1": "guard_reported_v1",
  "guard.found.v1": "guard_found_v1",
  "alarm.escalated.v1": "alarm_escalated_v1",
  "escalation.delivered.v1": "escalation_delivered_v1",
  "escalation.asked_again.v1": "escalation_asked_again_v1",
  "escalation.signed_for.v1": "escalation_signed_for_v1",
  "escalation.police_dispatched.v1": "escalation_police_dispatched_v1",
  "escalation.on_scene.v1": "escalation_on_scene_v1",
  "escalation.feedback_given.v1": "escalation_feedback_given_v1",
  "escalation.returned.v1": "escalation_returned_v1",
  "escalation.transferred.v1": "escalation_transferred_v1",
  "escalation.duplicate_named.v1": "escalation_duplicate_named_v1",
  "escalation.supplemented.v1": "escalation_supplemented_v1",
  "escalation.reported_by_phone.v1": "escalation_reported_by_phone_v1",
  "alarm.closed.v1": "alarm_closed_v1",
  "command.refused.v1": "command_refused_v1",
  "alarm.archived.v1": "alarm_archived_v1",
  "alarm.resumed.v1": "alarm_resumed_v1",
  "deadline.failed.v1": "deadline_failed_v1",
  "clock.faulted.v1": "clock_faulted_v1",
  "clock.trusted.v1": "clock_trusted_v1",
  "clock.host_noted.v1": "clock_host_noted_v1",
  "system.fell_silent.v1": "system_fell_silent_v1",
  "system.heard_again.v1": "system_heard_again_v1",
  "maintenance_window.opened.v1": "maintenance_window_opened_v1",
  "maintenance_window.ended.v1": "maintenance_window_ended_v1",
  "maintenance_window.archived.v1": "maintenance_window_archived_v1",
  "interruption.began.v1": "interruption_began_v1",
  "interruption.widened.v1": "interruption_widened_v1",
  "interruption.restored.v1": "interruption_restored_v1",
  "interruption.settled.v1": "interruption_settled_v1",
  "interruption.revised.v1": "interruption_revised_v1",
  "interruption.adopted.v1": "interruption_adopted_v1",
  "interruption.archived.v1": "interruption_archived_v1",
  "receiver.trouble_noted.v1": "receiver_trouble_noted_v1",
  "directory.site_noted.v1": "directory_site_noted_v1",
  "directory.provider_noted.v1": "directory_provider_noted_v1",
} as const satisfies Record<Tag, string>;

type Asked = CommandRefused["command"]["type"];

const ASKED = {
  "command.claim_alarm.v1": "claim",
  "command.verify_alarm.v1": "verify",
  "command.escalate_alarm.v1": "escalate",
  "command.close_alarm.v1": "close",
  "command.release_alarm.v1": "release",
  "command.hand_over_alarm.v1": "handOver",
  "command.take_over_alarm.v1": "takeOver",
  "command.note_alarm.v1": "note",
  "command.order_guard.v1": "orderGuard",
  "command.report_guard.v1": "guardStep",
  "command.report_guard_result.v1": "guardResult",
  "command.sign_for_escalation.v1": "signFor",
  "command.police_dispatch.v1": "policeDispatch",
  "command.on_scene.v1": "onScene",
  "command.feedback.v1": "feedback",
  "command.return_escalation.v1": "giveBack",
  "command.transfer_escalation.v1": "transfer",
  "command.duplicate_of.v1": "duplicate",
  "command.supplement_escalation.v1": "supplement",
  "command.stand_down_request.v1": "standDown",
  "command.record_phone_report.v1": "phone",
} as const satisfies Record<Asked, string>;

/** What was asked for, in words. */
export function askedWord(t: TFunction, type: string): string {
  return type in ASKED ? t(`act.${ASKED[type as Asked]}`) : type;
}

/** The tag of an event in words. A tag this page does not know is shown as it is. */
export function eventWord(t: TFunction, type: string): string {
  if (type === "accepted" || type === "already" || type === "refused") return t(`answer.${type}`);
  return type in WORD ? t(`event.${WORD[type as Tag]}`) : `${t("event.unknown")} ${type}`;
}

type Named = (id: string | null) => string;

/** What the event adds: reasons, codes, notes. "" when the word says it all. */
export function eventDetail(t: TFunction, recorded: RecordedEvent, person: Named, bureau: Named): string {
  const parts = details(t, recorded.event as unknown as Told, recorded, person, bureau);
  return parts.filter((part) => part !== "").join(" · ");
}

/** An event as the API shows it: sealed text is in clear, or no string where it may not be read. */
type Told = Event;

function details(t: TFunction, event: Told, { event: raw, answer }: RecordedEvent, person: Named, bureau: Named): string[] {
  switch (event.type) {
    case "alarm.raised.v1":
      return [t("event.code", { code: event.code, which: whichWord(t, event), priority: event.priority })];
    case "signal.recorded.v1":
      return [t("event.signal", { code: event.code, outcome: t(`outcome.${event.outcome}`) })];
    case "alarm.occurred.v1":
      return [t("event.occurred", { code: event.code, which: whichWord(t, event) }), t("event.priorityUp", { n: event.priority }), event.suggests == null ? "" : `${t("queue.suggested")} · ${t(`rule.${event.suggests}`)}`];
    case "alarm.restored.v1":
      return [t("event.occurred", { code: event.code, which: whichWord(t, event) })];
    case "alarm.handed_over.v1":
      return [`→ ${person(event.to)}`];
    case "alarm.taken_over.v1":
      return [t("event.from", { who: person(event.held_by) }), inClear(t, raw["reason"])];
    case "alarm.noted.v1":
      return [inClear(t, raw["note"]), event.undecided ? t("event.undecided") : ""];
    case "receiver.trouble_noted.v1":
      return [t(`systemCode.receiver.${event.trouble}`), t("event.signals", { n: event.count })];
    case "signal.noted.v1":
      return [inClear(t, raw["note"])];
    case "alarm.verified.v1":
      return [t(`result.${event.result}`), ...evidence(t, raw)];
    case "alarm.escalated.v1":
      return [event.mark === "actual" ? "" : t(`drill.${event.mark}`), event.rule == null ? "" : t(`rule.${event.rule}`)];
    case "alarm.report_suggested.v1":
      return [t(`rule.${event.rule}`), event.article, t("event.priorityUp", { n: event.priority })];
    case "guard.ordered.v1":
      return [written(t, raw["unit"]), event.stand_off ? t("guard.standsOff") : ""];
    case "guard.reported.v1":
      return [t(`guardStage.${event.step}`)];
    case "guard.found.v1":
      return [t(`guardFinding.${event.finding}`), written(t, raw["note"])];
    case "command.refused.v1":
      return [askedWord(t, event.command.type), event.reason];
    case "alarm.closed.v1":
      return [inClear(t, raw["reason"])];
    default:
      return atThePolice(t, event, raw, answer, bureau);
  }
}

function atThePolice(t: TFunction, event: Told, raw: RecordedEvent["event"], answer: unknown, bureau: Named): string[] {
  switch (event.type) {
    case "escalation.delivered.v1":
      return [t(event.outcome === "unknown" ? "event.fateUnknown" : `event.${event.outcome}`), event.asked ? t("event.statusAsked") : "", event.detail, event.attempt > 1 ? t("event.attempt", { n: event.attempt }) : ""];
    case "escalation.asked_again.v1":
      return [t("event.attempt", { n: event.attempt })];
    case "escalation.signed_for.v1":
      return [event.police_incident_no ?? ""];
    case "escalation.police_dispatched.v1":
      return [event.unit];
    case "escalation.returned.v1":
      return [t(`returned.${event.reason}`), event.text == null ? "" : inClear(t, raw["text"])];
    case "escalation.transferred.v1":
      return [`${bureau(event.bureau ?? null)} → ${bureau(event.to)}`];
    case "escalation.duplicate_named.v1":
      return [event.duplicate_of];
    case "escalation.supplemented.v1":
      return [t(`addition.${event.kind}`), inClear(t, raw["text"])];
    case "escalation.reported_by_phone.v1":
      return [hms(event.spoken_at), inClear(t, raw["told"]), event.police_incident_no ?? ""];
    case "escalation.feedback_given.v1":
      return [event.final ? t("event.final") : "", event.disposition == null ? "" : t(`disposition.${event.disposition}`), inClear(t, raw["text"])];
    default:
      return [refusedFor(answer)];
  }
}

/** The stable reason of a refusal, as it stands in the record. */
function refusedFor(answer: unknown): string {
  return typeof answer === "object" && answer !== null && "reason" in answer ? String(answer.reason) : "";
}

function evidence(t: TFunction, raw: RecordedEvent["event"]): string[] {
  const items = (raw["evidence"] ?? []) as readonly { kind: EvidenceKind; note?: unknown; found?: EvidenceFinding | null }[];
  return items.map(({ kind, note, found }) => {
    const what = [t(`evidence.${kind}`), found == null ? "" : t(`found.${found}`)].filter(Boolean).join(" ");
    return what + (note == null || note === "" ? "" : t("punct.colon") + inClear(t, note));
  });
}

/** Text that may not have been written at all. */
function written(t: TFunction, text: unknown): string {
  return text === null || text === "" ? "" : inClear(t, text);
}

function inClear(t: TFunction, text: unknown): string {
  return typeof text === "string" && text !== "" ? text : t("event.sealed");
}

const FROM_THE_PANEL: ReadonlySet<string> = new Set(["alarm.raised.v1", "signal.recorded.v1", "alarm.occurred.v1", "alarm.restored.v1"]);
const FROM_THE_POLICE: ReadonlySet<string> = new Set(["escalation.delivered.v1"]);

/** Who is behind an event: a person, or the panel, the police endpoint, or the system itself. */
export function eventBy(t: TFunction, recorded: RecordedEvent, person: Named): string {
  const actor = recorded.event["by"];
  if (typeof recorded.by === "string") return person(recorded.by);
  if (typeof actor === "string") return person(actor);
  if (typeof actor === "object" && actor !== null && "id" in actor) return person(String(actor.id));
  if (FROM_THE_PANEL.has(recorded.type)) return t("event.panel");
  return FROM_THE_POLICE.has(recorded.type) ? t("event.police") : t("event.system");
}

export function answerWord(t: TFunction, answer: unknown): string {
  const type = typeof answer === "object" && answer !== null && "type" in answer ? String(answer.type) : String(answer ?? "");
  return type === "accepted" || type === "already" || type === "refused" ? t(`answer.${type}`) : type;
}
