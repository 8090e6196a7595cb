// What the dispatcher may do now, and if not, why. Steps may be skipped: the telephone is sometimes quicker.

import { generally, type Hindrance, type Situation } from "../desk/acts.ts";
import type { EscalationView } from "../generated/contracts.ts";

export const POLICE_ACTS = ["signFor", "policeDispatch", "onScene", "feedback"] as const;
export type PoliceAct = (typeof POLICE_ACTS)[number];

/** null: it may be done. */
export function policeHindrance(act: PoliceAct, escalation: EscalationView | undefined, now: Situation): Hindrance | null {
  const general = generally(now, ["police"]);
  if (general !== null) return general;
  if (escalation === undefined) return "noChoice";
  if (act === "signFor" && escalation.signed_for_at !== null) return "signed";
  if (escalation.state === "final") return "final";
  if (act === "policeDispatch" && escalation.dispatched_at !== null) return "dispatched";
  return act === "onScene" && escalation.on_scene_at !== null ? "onScene" : null;
}

/** The step that the one primary button stands for. */
export function nextAct(escalation: EscalationView): PoliceAct {
  if (escalation.signed_for_at === null && escalation.state !== "final") return "signFor";
  if (escalation.dispatched_at === null && escalation.on_scene_at === null && escalation.feedback.length === 0) return "policeDispatch";
  return escalation.on_scene_at === null && escalation.feedback.length === 0 ? "onScene" : "feedback";
}
