import type { TFunction } from "i18next";

import type { RecordedEvent } from "../api.ts";
import type { Event } from "../generated/contracts.ts";

type Tag = Event["type"];

const WORD = {
  "log.begun.v1": "log_begun_v1",
  "signal.recorded.v1": "signal_recorded_v1",
  "alarm.raised.v1": "alarm_raised_v1",
  "alarm.claim_fell_due.v1": "alarm_claim_fell_due_v1",
  "alarm.claimed.v1": "alarm_claimed_v1",
  "alarm.verified.v1": "alarm_verified_v1",
  "alarm.escalated.v1": "alarm_escalated_v1",
  "escalation.signed_for.v1": "escalation_signed_for_v1",
  "alarm.closed.v1": "alarm_closed_v1",
  "alarm.archived.v1": "alarm_archived_v1",
  "deadline.failed.v1": "deadline_failed_v1",
  "directory.site_noted.v1": "directory_site_noted_v1",
  "directory.provider_noted.v1": "directory_provider_noted_v1",
} as const satisfies Record<Tag, string>;

/** The tag of an event in words. A tag this page does not know is shown as it is. */
export function eventWord(t: TFunction, type: string): string {
  return type in WORD ? t(`event.${WORD[type as Tag]}`) : `${t("event.unknown")} ${type}`;
}

/** What the event adds: reasons, codes, notes. "" when the word says it all. */
export function eventDetail(t: TFunction, recorded: RecordedEvent): string {
  const event = recorded.event as unknown as Event;
  switch (recorded.type as Tag) {
    case "alarm.raised.v1":
      return event.type === "alarm.raised.v1" ? t("event.code", { code: event.code, zone: event.zone || "—", priority: event.priority }) : "";
    case "signal.recorded.v1":
      return event.type === "signal.recorded.v1" ? t("event.signal", { code: event.code, outcome: t(`outcome.${event.outcome}`) }) : "";
    case "alarm.verified.v1":
      return verified(t, recorded.event);
    case "alarm.escalated.v1":
      return event.type === "alarm.escalated.v1" && event.rule !== null && event.rule !== undefined ? t(`rule.${event.rule}`) : "";
    case "escalation.signed_for.v1":
      return String(recorded.event["police_incident_no"] ?? "");
    case "alarm.closed.v1":
      return inClear(t, recorded.event["reason"]);
    default:
      return "";
  }
}

interface Told {
  result?: "confirmed" | "false_alarm" | "undetermined";
  evidence?: readonly { kind: "call"; note?: unknown }[];
}

function verified(t: TFunction, event: Readonly<Record<string, unknown>>): string {
  const { result, evidence } = event as Told;
  const parts = (evidence ?? []).map(({ kind, note }) => {
    const text = note === null || note === undefined || note === "" ? "" : inClear(t, note);
    return text === "" ? t(`evidence.${kind}`) : `${t(`evidence.${kind}`)}：${text}`;
  });
  return [result === undefined ? "" : t(`result.${result}`), ...parts].filter((part) => part !== "").join(" · ");
}

function inClear(t: TFunction, text: unknown): string {
  return typeof text === "string" && text !== "" ? text : t("event.sealed");
}

/** Who is behind an event: a person, or the panel, or the system itself. */
export function eventBy(t: TFunction, recorded: RecordedEvent, person: (id: string | null) => string): string {
  const actor = recorded.event["by"];
  if (typeof recorded.by === "string") return person(recorded.by);
  if (typeof actor === "string") return person(actor);
  if (typeof actor === "object" && actor !== null && "id" in actor) return person(String(actor.id));
  return recorded.type === "alarm.raised.v1" || recorded.type === "signal.recorded.v1" ? t("event.panel") : t("event.system");
}

export function answerWord(t: TFunction, answer: unknown): string {
  const type = typeof answer === "object" && answer !== null && "type" in answer ? String(answer.type) : String(answer ?? "");
  return type === "accepted" || type === "already" || type === "refused" ? t(`answer.${type}`) : type;
}
