import type { AlarmView } from "../generated/contracts.ts";

/** Whole seconds from the verification that a report stands on to the report; null where it does not follow one. */
export function secondsToReport({ verification, escalated_at }: Pick<AlarmView, "verification" | "escalated_at">): number | null {
  if (verification === null || escalated_at === null || escalated_at < verification.at) return null;
  return Math.floor((escalated_at - verification.at) / 1_000_000);
}
