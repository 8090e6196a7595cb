import type { EscalationView } from "../generated/contracts.ts";

/** Unsigned first, the oldest of them on top; then what was signed for, newest on top. */
export function inOrder(escalations: Iterable<EscalationView>): EscalationView[] {
  const all = [...escalations];
  const unsigned = all.filter((one) => one.state === "sent").sort((a, b) => a.escalated_at - b.escalated_at);
  const signed = all.filter((one) => one.state === "signed_for").sort((a, b) => (b.signed_for_at ?? 0) - (a.signed_for_at ?? 0));
  return [...unsigned, ...signed];
}
