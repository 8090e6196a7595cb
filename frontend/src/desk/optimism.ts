// An act as it will look when it is accepted. Drawn hatched, and only on the view on which it was sent.

import type { AlarmView, EscalationView, GuardStep, VerificationResult } from "../generated/contracts.ts";
import type { ActName, Outcome, Sent } from "./acting.ts";

export interface Drawn<View> {
  view: View;
  /** The act that is not decided yet; null: the view is the record's. */
  pending: ActName | null;
}

export function drawnAlarm(alarm: AlarmView, outcome: Outcome, me: string, now: number): Drawn<AlarmView> {
  const sent = standing(alarm, outcome);
  return sent === null ? { view: alarm, pending: null } : { view: { ...alarm, ...afterwards(alarm, sent, me, now) }, pending: open(outcome, sent) };
}

export function drawnEscalation(escalation: EscalationView, outcome: Outcome, me: string, now: number): Drawn<EscalationView> {
  const sent = standing(escalation, outcome);
  return sent === null ? { view: escalation, pending: null } : { view: { ...escalation, ...atThePolice(escalation, sent, me, now) }, pending: open(outcome, sent) };
}

/** What is settled: the record's view, or the one that a decided act will give in a moment. Acts are judged by it. */
export function settled<View extends object>(view: View, drawn: Drawn<View>): View {
  return drawn.pending === null ? drawn.view : view;
}

function standing(view: object, outcome: Outcome): Sent | null {
  if (outcome.state !== "pending" && outcome.state !== "unknown" && outcome.state !== "done") return null;
  return outcome.sent.base === view ? outcome.sent : null;
}

function open(outcome: Outcome, sent: Sent): ActName | null {
  return outcome.state === "done" ? null : sent.name;
}

type Body = { result?: VerificationResult; to?: string; police_incident_no?: string; unit?: string; final?: boolean; duplicate_of?: string; step?: GuardStep };

function afterwards(alarm: AlarmView, { name, body }: Sent, me: string, now: number): Partial<AlarmView> {
  const told = body as Body;
  switch (name) {
    case "claim":
    case "takeOver":
      return { claimed_by: me, claimed_at: now };
    case "release":
      return { claimed_by: null, claimed_at: null };
    case "handOver":
      return { claimed_by: told.to ?? alarm.claimed_by };
    case "verify":
      return { tracks: { ...alarm.tracks, verification: told.result ?? alarm.tracks.verification } };
    case "escalate":
      return { tracks: { ...alarm.tracks, escalation: "sent" }, escalated_at: now, claimed_by: alarm.claimed_by ?? me };
    case "orderGuard":
      return { tracks: { ...alarm.tracks, guard: "ordered" }, guard_due: null };
    case "guardStep":
      return { tracks: { ...alarm.tracks, guard: told.step ?? alarm.tracks.guard } };
    case "guardResult":
      return { tracks: { ...alarm.tracks, guard: "result" } };
    default:
      return {};
  }
}

function atThePolice(escalation: EscalationView, { name, body }: Sent, me: string, now: number): Partial<EscalationView> {
  const told = body as Body;
  switch (name) {
    case "signFor":
      return { state: "signed_for", signed_for_at: now, signed_for_by: me, police_incident_no: told.police_incident_no ?? null };
    case "policeDispatch":
      return { state: "dispatched", dispatched_at: now, unit: told.unit ?? "" };
    case "onScene":
      return { state: "on_scene", on_scene_at: now };
    case "feedback":
      return { state: told.final === true ? "final" : "feedback" };
    case "giveBack":
      return { state: "returned", returned_at: now, signed_for_at: null, dispatched_at: null, on_scene_at: null };
    case "duplicate":
      return { state: "duplicate_of", duplicate_of: told.duplicate_of ?? null };
    default:
      return escalation;
  }
}
