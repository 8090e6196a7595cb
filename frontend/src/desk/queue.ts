import type { AlarmView } from "../generated/contracts.ts";

/** Priority, then age: the oldest of the most urgent is on top. */
export function inOrder(alarms: Iterable<AlarmView>): AlarmView[] {
  return [...alarms]
    .filter((alarm) => alarm.state === "open")
    .sort((a, b) => a.priority - b.priority || a.raised_at - b.raised_at || a.id.localeCompare(b.id));
}

export function firstUntaken(queue: readonly AlarmView[]): AlarmView | undefined {
  return queue.find((alarm) => alarm.claimed_by === null);
}

/** The neighbour of the chosen one; the first where nothing (or something gone) is chosen. */
export function moved<Item extends { id: string }>(list: readonly Item[], chosen: string | null, by: 1 | -1): string | null {
  const at = list.findIndex((item) => item.id === chosen);
  const next = at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by));
  return list[next]?.id ?? null;
}
