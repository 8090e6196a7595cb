import { expect, test } from "vitest";

import type { Acting } from "../src/desk/acting.ts";
import { policeActs } from "../src/police/police_acts.ts";
import { anEscalation } from "./views.ts";

const idle: Acting = { outcome: { state: "none" }, pending: false, send: () => Promise.resolve(true), clear: () => undefined };

test("what is typed about a report stays with it, whatever comes on top", () => {
  const report = anEscalation();
  let wanted: string | null = null;
  const situation = { me: { id: "me", roles: ["police"] as const }, stale: false, pending: false };
  policeActs(idle, report, { view: report, pending: null }, situation, (id) => (wanted = id)).hold();
  expect(wanted).toBe(report.id);
});
