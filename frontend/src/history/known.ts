import type { InterruptionView } from "../generated/contracts.ts";

/** The interruptions that had been heard of at an instant, with the facts and the restoring that were known then. */
export function knownAt(all: readonly InterruptionView[], at: number): InterruptionView[] {
  return all
    .filter((one) => one.received_at <= at)
    .map((one) => ({
      ...one,
      facts: one.facts.filter((fact) => fact.received_at <= at),
      restored_at: one.restored_at !== null && one.restored_at <= at ? one.restored_at : null,
    }));
}
