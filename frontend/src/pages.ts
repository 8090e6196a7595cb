import type { Me } from "./api.ts";
import type { Role } from "./generated/contracts.ts";

export type PageName = "desk" | "police" | "alarms" | "history" | "accounting" | "regulator" | "interruptions" | "registry" | "accounts";

const SEES: Readonly<Record<Role, readonly PageName[]>> = {
  operator: ["desk", "alarms", "interruptions", "registry"],
  shift_supervisor: ["desk", "alarms", "history", "accounting", "interruptions", "registry"],
  engineer: ["alarms", "accounting", "interruptions", "registry"],
  registrar: ["registry", "alarms", "desk", "interruptions"],
  provider_manager: ["alarms", "desk", "history", "accounting", "interruptions", "registry"],
  police: ["police"],
  enforcement_officer: ["alarms", "regulator", "interruptions", "history", "accounting", "desk", "police", "registry"],
  inspector: ["alarms", "regulator", "interruptions", "history", "accounting", "desk", "police", "registry"],
  auditor: ["alarms", "regulator", "interruptions", "history", "accounting", "desk", "police", "registry"],
  administrator: ["accounts"],
};

/** The pages of a person, the first one being where they start. */
export function pagesOf(roles: Me["roles"]): PageName[] {
  return [...new Set(roles.flatMap((role) => SEES[role] ?? []))];
}
