// What is known of the guards of an alarm.

import { GuardStepWords, type AlarmView, type GuardStep, type GuardView } from "../generated/contracts.ts";

const ORDER = ["ordered", "accepted", "en_route", "arrived", "searched", "result", "left"] as const;

/** The steps that a guard has still before it; any may be skipped. */
export function stepsAhead(guard: GuardView): readonly GuardStep[] {
  return GuardStepWords.filter((step) => ORDER.indexOf(step) > ORDER.indexOf(guard.stage));
}

/** Whether a guard is to be ordered and none was yet. */
export function wantsGuard(alarm: AlarmView): boolean {
  return alarm.state === "open" && alarm.guard_due !== null && alarm.guards.length === 0 && alarm.tracks.verification !== "false_alarm";
}

/** Whole seconds until a guard must have been ordered; 0: overdue. */
export function secondsForGuard(alarm: AlarmView, now: number): number {
  return alarm.guard_due === null ? 0 : Math.max(0, Math.ceil((alarm.guard_due - now) / 1_000_000));
}
