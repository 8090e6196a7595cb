import type { Me } from "./api.ts";
import type { Role } from "./generated/contracts.ts";

export type PageName = "desk" | "police" | "alarms" | "history" | "accounting" | "regulator";

const SEES: Readonly<Record<Role, readonly PageName[]>> = {
  operator: ["desk", "alarms"],
  shift_supervisor: ["desk", "alarms", "history", "accounting"],
  engineer: ["alarms", "accounting"],
  registrar: ["alarms", "desk"],
  provider_manager: ["alarms", "desk", "history", "accounting"],
  police: ["police"],
  enforcement_officer: ["alarms", "regulator", "history", "accounting", "desk", "police"],
  inspector: ["alarms", "regulator", "history", "accounting", "desk", "police"],
  auditor: ["alarms", "regulator", "history", "accounting", "desk", "police"],
  administrator: [],
};

/** The pages of a person, the first one being where they start. */
export function pagesOf(roles: Me["roles"]): PageName[] {
  return [...new Set(roles.flatMap((role) => SEES[role] ?? []))];
}
