// What may be done with a report now, and if not, why. Steps may be skipped: the telephone is sometimes quicker.

import { generally, type Hindrance, type Situation } from "../desk/acts.ts";
import type { EscalationView } from "../generated/contracts.ts";

export const POLICE_ACTS = ["signFor", "policeDispatch", "onScene", "feedback", "giveBack", "transfer", "duplicate"] as const;
export type PoliceAct = (typeof POLICE_ACTS)[number];
export const SENDERS_ACTS = ["supplement", "standDown", "phone"] as const;
export type SendersAct = (typeof SENDERS_ACTS)[number];

/** Where each act is sent to, behind the report's own address. */
export const ACT_PATHS: Readonly<Record<PoliceAct | SendersAct, string>> = {
  signFor: "sign-for",
  policeDispatch: "police-dispatch",
  onScene: "on-scene",
  feedback: "feedback",
  giveBack: "return",
  transfer: "transfer",
  duplicate: "duplicate-of",
  supplement: "supplement",
  standDown: "stand-down-request",
  phone: "phone-report",
};

/** null: it may be done. */
export function policeHindrance(act: PoliceAct, escalation: EscalationView | undefined, now: Situation): Hindrance | null {
  const general = generally(now, ["police"]);
  if (general !== null) return general;
  if (escalation === undefined) return "noChoice";
  if (act === "signFor" && escalation.signed_for_at !== null) return "signed";
  const over = isOver(escalation);
  if (over !== null) return over;
  if (act === "policeDispatch" && escalation.dispatched_at !== null) return "dispatched";
  if (act === "giveBack" && escalation.state === "returned") return "returned";
  if (act === "transfer" && escalation.mark !== "actual") return "drill";
  return act === "onScene" && escalation.on_scene_at !== null ? "onScene" : null;
}

/** The same for the side that sent it. */
export function sendersHindrance(act: SendersAct, escalation: EscalationView, now: Situation): Hindrance | null {
  const general = generally(now, ["operator", "shift_supervisor"]) ?? isOver(escalation);
  if (general !== null) return general;
  if (act === "standDown" && escalation.additions.some((one) => one.kind === "stand_down_request")) return "asked";
  return act === "phone" && escalation.phoned_at !== null ? "phoned" : null;
}

function isOver(escalation: EscalationView): Hindrance | null {
  if (escalation.state === "final") return "final";
  return escalation.state === "duplicate_of" ? "duplicate" : null;
}

/** The step that the one primary button stands for. */
export function nextAct(escalation: EscalationView): PoliceAct {
  if (escalation.signed_for_at === null && isOver(escalation) === null) return "signFor";
  if (escalation.dispatched_at === null && escalation.on_scene_at === null && escalation.feedback.length === 0) return "policeDispatch";
  return escalation.on_scene_at === null && escalation.feedback.length === 0 ? "onScene" : "feedback";
}
