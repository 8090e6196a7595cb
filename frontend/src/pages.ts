import type { Me } from "./api.ts";
import type { Role } from "./generated/contracts.ts";

export type PageName = "desk" | "police" | "alarms" | "history" | "accounting" | "regulator" | "interruptions";

const SEES: Readonly<Record<Role, readonly PageName[]>> = {
  operator: ["desk", "alarms", "interruptions"],
  shift_supervisor: ["desk", "alarms", "history", "accounting", "interruptions"],
  engineer: ["alarms", "accounting", "interruptions"],
  registrar: ["alarms", "desk", "interruptions"],
  provider_manager: ["alarms", "desk", "history", "accounting", "interruptions"],
  police: ["police"],
  enforcement_officer: ["alarms", "regulator", "interruptions", "history", "accounting", "desk", "police"],
  inspector: ["alarms", "regulator", "interruptions", "history", "accounting", "desk", "police"],
  auditor: ["alarms", "regulator", "interruptions", "history", "accounting", "desk", "police"],
  administrator: [],
};

/** The pages of a person, the first one being where they start. */
export function pagesOf(roles: Me["roles"]): PageName[] {
  return [...new Set(roles.flatMap((role) => SEES[role] ?? []))];
}
