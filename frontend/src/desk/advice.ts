import type { RuleSignal } from "../generated/contracts.ts";

const WITHIN_US = 120_000_000; // two zones in succession, within 120 s

/** The first two signals of different zones that came close enough together, with the seconds between them. */
export function inSuccession(occurrences: readonly RuleSignal[]): { from: RuleSignal; to: RuleSignal; seconds: number } | null {
  const inTime = [...occurrences].sort((a, b) => a.received_at - b.received_at);
  for (const [at, to] of inTime.entries()) {
    const from = inTime.slice(0, at).find((one) => one.zone !== to.zone && to.received_at - one.received_at <= WITHIN_US);
    if (from !== undefined) return { from, to, seconds: Math.round((to.received_at - from.received_at) / 1_000_000) };
  }
  return null;
}
