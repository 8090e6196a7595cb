import type { TFunction } from "i18next";

import { UserCodeWords } from "../generated/contracts.ts";

const USERS: ReadonlySet<string> = new Set(UserCodeWords);

/** Which zone an event names, or which user where its code is about one (SIA DC-05, DC-03); users have three digits there. */
export function whichWord(t: TFunction, { code, zone }: { code: string; zone: string }): string {
  if (zone !== "" && USERS.has(code)) return t("event.user", { user: zone.padStart(3, "0") });
  return t("event.zone", { zone: zone || "—" });
}
