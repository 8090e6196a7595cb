// What may be done now, and if not, why. The core judges; this only spares a person the refusal.

import type { Me } from "../api.ts";
import type { AlarmView, Role } from "../generated/contracts.ts";

export type Hindrance =
  | "stale"
  | "pending"
  | "role"
  | "closed"
  | "taken"
  | "mine"
  | "yours"
  | "notTaken"
  | "notHeld"
  | "notVerified"
  | "falseAlarm"
  | "escalated"
  | "signed"
  | "dispatched"
  | "onScene"
  | "final"
  | "known"
  | "returned"
  | "duplicate"
  | "drill"
  | "asked"
  | "phoned"
  | "noChoice";

export const DESK_ACTS = ["escalate", "claim", "guard", "verify", "note", "giveUp", "takeOver", "close", "adopt"] as const;
export type DeskAct = (typeof DESK_ACTS)[number];

export interface Situation {
  me: Pick<Me, "id" | "roles">;
  stale: boolean;
  pending: boolean;
}

const AT_THE_DESK: readonly Role[] = ["operator", "shift_supervisor"];
const IN_THE_REGISTRY: readonly Role[] = ["registrar", "shift_supervisor", "provider_manager"];

/** null: it may be done. */
export function hindrance(act: DeskAct, alarm: AlarmView | undefined, now: Situation): Hindrance | null {
  const general = generally(now, act === "adopt" ? IN_THE_REGISTRY : AT_THE_DESK);
  if (general !== null) return general;
  if (alarm === undefined) return "noChoice";
  if (act === "adopt") return alarm.site_known ? "known" : null;
  if (alarm.state === "closed") return "closed";
  return toAct(act, alarm, now);
}

/** Stands before every act: the role, a picture that is not true, an act that is under way. */
export function generally(now: Situation, roles: readonly Role[]): Hindrance | null {
  if (!roles.some((role) => now.me.roles.includes(role))) return "role";
  if (now.stale) return "stale";
  return now.pending ? "pending" : null;
}

export function needsRule(alarm: AlarmView): boolean {
  return alarm.tracks.verification === "undetermined" && alarm.class !== "duress";
}

export function mayAct(roles: Me["roles"]): boolean {
  return AT_THE_DESK.some((role) => roles.includes(role));
}

export function mayAdopt(roles: Me["roles"]): boolean {
  return IN_THE_REGISTRY.some((role) => roles.includes(role));
}

function toAct(act: Exclude<DeskAct, "adopt">, alarm: AlarmView, now: Situation): Hindrance | null {
  switch (act) {
    case "claim":
      return alarm.claimed_by === null ? null : alarm.claimed_by === now.me.id ? "mine" : "taken";
    case "takeOver":
      return alarm.claimed_by === null ? "notHeld" : alarm.claimed_by === now.me.id ? "yours" : null;
    case "note":
      return null;
    case "guard":
      return alarm.guards.length === 0 && alarm.claimed_by === null ? null : toGuard(alarm, now);
    case "escalate":
      return (atOnce(alarm) && alarm.claimed_by === null ? null : toWork(alarm, now)) ?? toEscalate(alarm);
    case "verify":
    case "giveUp":
    case "close":
      return toWork(alarm, now);
  }
}

function toWork(alarm: AlarmView, now: Situation): Hindrance | null {
  if (alarm.claimed_by === null) return "notTaken";
  return alarm.claimed_by === now.me.id || now.me.roles.includes("shift_supervisor") ? null : "taken";
}

/** Under duress one key takes the alarm and reports it: the code that was entered is the verification. */
function atOnce(alarm: AlarmView): boolean {
  return alarm.class === "duress" && alarm.tracks.verification === "waiting";
}

/** What is radioed in is written down by whoever hears it; a first guard for a colleague's alarm is the colleague's to send. */
function toGuard(alarm: AlarmView, now: Situation): Hindrance | null {
  const guard = alarm.guards.at(-1);
  return guard !== undefined && guard.stage !== "left" ? null : toWork(alarm, now);
}

/** Whether this person may send a guard beside the one under way. */
export function maySendAnother(alarm: AlarmView, now: Situation): boolean {
  return toWork(alarm, now) === null;
}

function toEscalate(alarm: AlarmView): Hindrance | null {
  if (alarm.tracks.escalation !== "none" && alarm.escalation_mark === "actual") return "escalated";
  if (atOnce(alarm)) return null;
  if (alarm.tracks.verification === "waiting") return "notVerified";
  return alarm.tracks.verification === "false_alarm" ? "falseAlarm" : null;
}
