import { expect, test } from "vitest";

import type { Acting, Sent } from "../src/desk/acting.ts";
import { policeActs, workedOn, type Wanted } from "../src/police/police_acts.ts";
import { anEscalation } from "./views.ts";

const report = anEscalation();
const onTop = anEscalation({ id: "e2", alarm: "a2" });
const situation = { me: { id: "me", roles: ["police"] as const }, stale: false, pending: false };

function police(wanted: Wanted | null, worked = report) {
  const shown = { wanted };
  const sent: Sent[] = [];
  const acting: Acting = { outcome: { state: "none" }, pending: false, send: (one) => Promise.resolve(sent.push(one) > 0), clear: () => undefined };
  const acts = policeActs(acting, workedOn([onTop, worked], wanted, undefined), { view: worked, pending: null }, situation, (next) => (shown.wanted = next(shown.wanted)));
  return { acts, shown, sent };
}

test("what is typed about a report stays with it, whatever comes on top", () => {
  const { acts, shown } = police({ id: report.id, typed: false });
  acts.hold();
  expect(shown.wanted).toEqual({ id: report.id, typed: true });
});

test("a report that is gone from a fresh snapshot while something is typed about it stays as it was seen last, and nothing is done with the one on top", async () => {
  const worked = workedOn([onTop], { id: report.id, typed: true }, report);
  expect(worked).toEqual({ report, gone: true });
  const sent: Sent[] = [];
  const acting: Acting = { outcome: { state: "none" }, pending: false, send: (one) => Promise.resolve(sent.push(one) > 0), clear: () => undefined };
  const acts = policeActs(acting, worked, { view: report, pending: null }, situation, () => undefined);
  expect(await acts.send("feedback", { text: "已到场", final: false })).toBe(false);
  expect(sent).toEqual([]);
});

test("a report that was only looked at gives way to the one on top", () => {
  expect(workedOn([onTop], { id: report.id, typed: false }, report)).toEqual({ report: onTop, gone: false });
  expect(workedOn([onTop], null, report)).toEqual({ report: onTop, gone: false });
});

test("what was sent is typed no more: a report that was passed on and is gone gives way", async () => {
  const { acts, shown, sent } = police({ id: report.id, typed: true });
  expect(await acts.send("transfer", { to: "350100000000" })).toBe(true);
  expect(sent.map((one) => one.subject)).toEqual([report.id]);
  expect(shown.wanted).toEqual({ id: report.id, typed: false });
});

test("an answer lets go of no other report that something is typed about since", async () => {
  const { acts, shown } = police({ id: report.id, typed: true });
  const done = acts.send("transfer", { to: "350100000000" });
  shown.wanted = { id: onTop.id, typed: true };
  await done;
  expect(shown.wanted).toEqual({ id: onTop.id, typed: true });
});
