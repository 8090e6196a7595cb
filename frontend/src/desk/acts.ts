// What may be done now, and if not, why. The core judges; this only spares a person the refusal.

import type { Me } from "../api.ts";
import type { AlarmView, EscalationView } from "../generated/contracts.ts";

export type Hindrance =
  | "stale"
  | "pending"
  | "role"
  | "closed"
  | "taken"
  | "mine"
  | "notTaken"
  | "notVerified"
  | "falseAlarm"
  | "escalated"
  | "signed"
  | "noChoice";
export type DeskAct = "claim" | "verify" | "escalate" | "close";

export interface Situation {
  me: Pick<Me, "id" | "roles">;
  stale: boolean;
  pending: boolean;
}

/** null: it may be done. */
export function hindrance(act: DeskAct, alarm: AlarmView | undefined, now: Situation): Hindrance | null {
  const general = generally(now, ["operator", "shift_supervisor"]);
  if (general !== null) return general;
  if (alarm === undefined) return "noChoice";
  if (alarm.state === "closed") return "closed";
  return act === "claim" ? toClaim(alarm, now) : (toWork(alarm, now) ?? (act === "escalate" ? toEscalate(alarm) : null));
}

export function toSignFor(escalation: EscalationView | undefined, now: Situation): Hindrance | null {
  const general = generally(now, ["police"]);
  if (general !== null) return general;
  if (escalation === undefined) return "noChoice";
  return escalation.state === "signed_for" ? "signed" : null;
}

export function needsRule(alarm: AlarmView): boolean {
  return alarm.tracks.verification === "undetermined" && alarm.class !== "duress";
}

export function mayAct(roles: Me["roles"]): boolean {
  return roles.includes("operator") || roles.includes("shift_supervisor");
}

function generally(now: Situation, roles: Me["roles"]): Hindrance | null {
  if (!roles.some((role) => now.me.roles.includes(role))) return "role";
  if (now.stale) return "stale";
  return now.pending ? "pending" : null;
}

function toClaim(alarm: AlarmView, now: Situation): Hindrance | null {
  if (alarm.claimed_by === null) return null;
  return alarm.claimed_by === now.me.id ? "mine" : "taken";
}

function toWork(alarm: AlarmView, now: Situation): Hindrance | null {
  if (alarm.claimed_by === null) return "notTaken";
  return alarm.claimed_by === now.me.id || now.me.roles.includes("shift_supervisor") ? null : "taken";
}

function toEscalate(alarm: AlarmView): Hindrance | null {
  if (alarm.tracks.escalation !== "none") return "escalated";
  if (alarm.tracks.verification === "waiting") return "notVerified";
  return alarm.tracks.verification === "false_alarm" ? "falseAlarm" : null;
}
