// The instants at which something was decided about an alarm, and how the records hang together.

import type { PastRecord } from "../api.ts";

/** Each instant once, in order. */
export function instants(records: readonly PastRecord[]): number[] {
  return [...new Set(records.map((one) => one.time))].sort((a, b) => a - b);
}

/** The neighbour of `at` among the instants; `at` itself where there is none. */
export function stepped(steps: readonly number[], at: number, by: 1 | -1): number {
  const next = by === 1 ? steps.find((one) => one > at) : steps.findLast((one) => one < at);
  return next ?? at;
}

export function known(record: PastRecord, at: number): boolean {
  return record.time <= at;
}

/** The first record that does not continue the one before it, where both are here; null: none. */
export function firstBreak(records: readonly PastRecord[]): PastRecord | null {
  for (const [index, record] of records.entries()) {
    const before = records[index - 1];
    if (before === undefined || record.partition !== before.partition || record.offset !== before.offset + 1) continue;
    if (record.prev !== "" && !before.digest.startsWith(record.prev)) return record;
  }
  return null;
}

export type LaneName = "signals" | "decisions" | "police";

export function laneOf(type: string): LaneName {
  if (type === "alarm.raised.v1" || type === "alarm.occurred.v1" || type === "alarm.restored.v1" || type === "signal.recorded.v1") return "signals";
  return type.startsWith("escalation.") ? "police" : "decisions";
}
