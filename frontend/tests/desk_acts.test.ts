import { expect, test } from "vitest";

import type { Me } from "../src/api.ts";
import { deskActs } from "../src/desk/desk_acts.ts";
import type { Mode } from "../src/desk/forms.tsx";
import type { AlarmView } from "../src/generated/contracts.ts";
import { anAlarm } from "./views.ts";

const me = { id: "me", name: "me", roles: ["operator"], provider: null } as unknown as Me;

/** A desk whose acts are answered when the test says so. */
function desk(chosen: AlarmView, mode: Mode) {
  const shown: { mode: Mode; wanted: string | null } = { mode, wanted: null };
  let answered = (_: boolean): void => undefined;
  const acts = deskActs({
    me,
    stale: false,
    acting: { outcome: { state: "none" }, pending: false, send: () => new Promise((done) => (answered = done)), clear: () => undefined },
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
  return { acts, shown, answer };
}

test("a form closes when what it sent is done", async () => {
  const { acts, shown, answer } = desk(anAlarm({ claimed_by: "me" }), "note");
  acts.sendNote("后门开着");
  expect(shown.mode).toBe("note");
  await answer();
  expect(shown.mode).toBe("none");
});

test("a form that was opened before the last act was answered stays: the feed may be faster than the answer", async () => {
  const { acts, shown, answer } = desk(anAlarm(), "none");
  acts.claim();
  shown.mode = "verify";
  await answer();
  expect(shown.mode).toBe("verify");
});

test.each(["note", "guard", "verify"] as const)("what is opened (%s) stays with its alarm: a more urgent one that comes on top does not take the form over", (act) => {
  const alarm = anAlarm({ claimed_by: "me" });
  const { acts, shown } = desk(alarm, "none");
  acts.open(act);
  expect(shown).toEqual({ mode: act, wanted: alarm.id });
});

test("what is armed to be sent to the police stays with its alarm too", () => {
  const alarm = anAlarm({ claimed_by: "me" });
  const confirmed = { ...alarm, tracks: { ...alarm.tracks, verification: "confirmed" as const } };
  const { acts, shown } = desk(confirmed, "none");
  acts.escalate();
  expect(shown).toEqual({ mode: "escalate", wanted: alarm.id });
});
