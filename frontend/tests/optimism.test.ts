import { expect, test } from "vitest";

import type { Outcome, Sent } from "../src/desk/acting.ts";
import { drawnAlarm, drawnEscalation, settled } from "../src/desk/optimism.ts";
import { anAlarm, anEscalation } from "./views.ts";

const alarm = anAlarm();
const sent = (part: Partial<Sent>): Sent => ({ name: "claim", subject: "a1", path: "", body: {}, base: alarm, ...part });
const pending = (part: Partial<Sent> = {}): Outcome => ({ state: "pending", sent: sent(part) });

test("an act is drawn as pending on the view on which it was sent", () => {
  expect(drawnAlarm(alarm, pending(), "me", 7)).toMatchObject({ view: { claimed_by: "me", claimed_at: 7 }, pending: "claim" });
});

test("a newer view is the record's and not drawn on", () => {
  const newer = anAlarm({ offset: 11, claimed_by: "other" });
  expect(drawnAlarm(newer, pending(), "me", 7)).toEqual({ view: newer, pending: null });
});

test("a decided act stays drawn, no longer as pending, until the record's view comes", () => {
  const done: Outcome = { state: "done", sent: sent({}), already: false, tookMs: 3 };
  expect(drawnAlarm(alarm, done, "me", 7)).toMatchObject({ view: { claimed_by: "me" }, pending: null });
});

test("acts are judged by what is settled: a decided act counts at once, a pending one does not", () => {
  const done: Outcome = { state: "done", sent: sent({}), already: false, tookMs: 3 };
  expect(settled(alarm, drawnAlarm(alarm, done, "me", 7)).claimed_by).toBe("me");
  expect(settled(alarm, drawnAlarm(alarm, pending(), "me", 7))).toBe(alarm);
});

test("a refused act is not drawn", () => {
  const refused: Outcome = { state: "refused", sent: sent({}), problem: { type: "", title: "", status: 409 } };
  expect(drawnAlarm(alarm, refused, "me", 7).view).toBe(alarm);
});

test("release, hand-over and reports are drawn as what they will be", () => {
  const held = anAlarm({ claimed_by: "me" });
  const on = (part: Partial<Sent>) => drawnAlarm(held, pending({ base: held, ...part }), "me", 7).view;
  expect(on({ name: "release" }).claimed_by).toBeNull();
  expect(on({ name: "handOver", body: { to: "you" } }).claimed_by).toBe("you");
  expect(on({ name: "verify", body: { result: "confirmed" } }).tracks.verification).toBe("confirmed");
  expect(on({ name: "escalate" }).tracks.escalation).toBe("sent");
});

test("signing for is drawn with its number", () => {
  const escalation = anEscalation();
  const drawn = drawnEscalation(escalation, pending({ name: "signFor", subject: "e1", body: { police_incident_no: "P1" }, base: escalation }), "cop", 5);
  expect(drawn).toMatchObject({ view: { state: "signed_for", police_incident_no: "P1", signed_for_by: "cop" }, pending: "signFor" });
});
