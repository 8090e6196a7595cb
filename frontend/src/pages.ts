import type { Me, Role } from "./api.ts";

export type PageName = "desk" | "police" | "alarms";

const SEES: Readonly<Record<Role, readonly PageName[]>> = {
  operator: ["desk", "alarms"],
  shift_supervisor: ["desk", "alarms"],
  engineer: ["alarms"],
  registrar: ["alarms"],
  provider_manager: ["alarms"],
  police: ["police"],
  enforcement_officer: ["alarms", "desk", "police"],
  inspector: ["alarms", "desk", "police"],
  auditor: ["alarms", "desk", "police"],
  administrator: [],
};

/** The pages of a person, the first one being where they start. */
export function pagesOf(roles: Me["roles"]): PageName[] {
  return [...new Set(roles.flatMap((role) => SEES[role] ?? []))];
}
