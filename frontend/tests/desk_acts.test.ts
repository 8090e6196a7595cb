import { expect, test } from "vitest";

import type { Me } from "../src/api.ts";
import { deskActs } from "../src/desk/desk_acts.ts";
import { NOTHING, type Mode } from "../src/desk/mode.ts";
import type { AlarmView } from "../src/generated/contracts.ts";
import { anAlarm } from "./views.ts";

const me = { id: "me", name: "me", roles: ["operator"], provider: null } as unknown as Me;

/** A desk whose acts are answered when the test says so. */
function desk(chosen: AlarmView, mode: Mode) {
  const shown: { mode: Mode; wanted: string | null } = { mode, wanted: null };
  const sent: string[] = [];
  let answered = (_: boolean): void => undefined;
  const acts = deskActs({
    me,
    stale: false,
    acting: { outcome: { state: "none" }, pending: false, send: (one) => new Promise((done) => (sent.push(one.name), (answered = done))), clear: () => undefined },
    chosen,
    recorded: () => chosen,
    queue: [chosen],
    choose: (id) => (shown.wanted = id),
    mode,
    setMode: (next) => (shown.mode = typeof next === "function" ? next(shown.mode) : next),
  });
  const answer = async (): Promise<void> => {
    answered(true);
    await Promise.resolve();
  };
  return { acts, shown, sent, answer };
}

test("a form closes when what it sent is done", async () => {
  const note: Mode = { form: "note", on: "a1" };
  const { acts, shown, answer } = desk(anAlarm({ claimed_by: "me" }), note);
  acts.sendNote("后门开着");
  expect(shown.mode).toBe(note);
  await answer();
  expect(shown.mode).toBe(NOTHING);
});

test("a form of the same kind that was opened on another alarm since stays", async () => {
  const { acts, shown, answer } = desk(anAlarm({ claimed_by: "me" }), { form: "note", on: "a1" });
  acts.sendNote("后门开着");
  const another: Mode = { form: "note", on: "a2" };
  shown.mode = another;
  await answer();
  expect(shown.mode).toBe(another);
});

test("what was typed about an alarm that is closed by now is not sent", () => {
  const { acts, sent } = desk(anAlarm({ claimed_by: "me", state: "closed" }), { form: "note", on: "a1" });
  acts.sendNote("后门开着");
  acts.sendClose("误报");
  expect(sent).toEqual([]);
});

test("a form that was opened before the last act was answered stays: the feed may be faster than the answer", async () => {
  const { acts, shown, answer } = desk(anAlarm(), NOTHING);
  acts.claim();
  const verify: Mode = { form: "verify", on: "a1" };
  shown.mode = verify;
  await answer();
  expect(shown.mode).toBe(verify);
});

test.each(["note", "guard", "verify"] as const)("what is opened (%s) stays with its alarm: a more urgent one that comes on top does not take the form over", (act) => {
  const alarm = anAlarm({ claimed_by: "me" });
  const { acts, shown } = desk(alarm, NOTHING);
  acts.open(act);
  expect(shown).toEqual({ mode: { form: act, on: alarm.id }, wanted: alarm.id });
});

test("what is armed to be sent to the police stays with its alarm too", () => {
  const alarm = anAlarm({ claimed_by: "me" });
  const confirmed = { ...alarm, tracks: { ...alarm.tracks, verification: "confirmed" as const } };
  const { acts, shown } = desk(confirmed, NOTHING);
  acts.escalate();
  expect(shown).toEqual({ mode: { form: "escalate", on: alarm.id }, wanted: alarm.id });
});
