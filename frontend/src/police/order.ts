import type { EscalationView } from "../generated/contracts.ts";

const NEW: readonly EscalationView["state"][] = ["sent", "transferred", "delivered", "undelivered", "reported_by_phone"];
const OVER: readonly EscalationView["state"][] = ["final", "duplicate_of"];

/** Nobody has signed for it. */
export function isNew(escalation: EscalationView): boolean {
  return NEW.includes(escalation.state);
}

/** Unsigned first, the oldest of them on top; then what is being worked on, newest on top; final reports last. A drill gives way to the real report. */
export function inOrder(escalations: Iterable<EscalationView>): EscalationView[] {
  const rank = (one: EscalationView): number => (isNew(one) ? 0 : OVER.includes(one.state) ? 2 : 1);
  const within = (a: EscalationView, b: EscalationView): number => (isNew(a) ? a.escalated_at - b.escalated_at : b.escalated_at - a.escalated_at);
  const all = [...escalations];
  const real = new Set(all.filter((one) => one.mark === "actual").map((one) => one.alarm));
  return all.filter((one) => one.mark === "actual" || !real.has(one.alarm)).sort((a, b) => rank(a) - rank(b) || within(a, b));
}
