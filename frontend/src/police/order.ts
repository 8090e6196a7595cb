import type { EscalationView } from "../generated/contracts.ts";

export function isNew(escalation: EscalationView): boolean {
  return escalation.state === "sent" || escalation.state === "delivered" || escalation.state === "undelivered";
}

/** Unsigned first, the oldest of them on top; then what is being worked on, newest on top; final reports last. */
export function inOrder(escalations: Iterable<EscalationView>): EscalationView[] {
  const rank = (one: EscalationView): number => (isNew(one) ? 0 : one.state === "final" ? 2 : 1);
  const within = (a: EscalationView, b: EscalationView): number => (isNew(a) ? a.escalated_at - b.escalated_at : b.escalated_at - a.escalated_at);
  return [...escalations].sort((a, b) => rank(a) - rank(b) || within(a, b));
}
