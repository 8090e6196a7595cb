import { expect, test } from "vitest";

import { isOver, NOTHING, opening, workedOn, type Mode } from "../src/desk/mode.ts";
import type { AlarmView } from "../src/generated/contracts.ts";
import { anAlarm } from "./views.ts";

const mine = anAlarm({ id: "a", claimed_by: "me", offset: 20 });
const onTop = anAlarm({ id: "b", claimed_by: "me", priority: 1 });
const note: Mode = { form: "note", on: mine.id };

function shown(...alarms: AlarmView[]): Pick<Parameters<typeof workedOn>[0], "alarms" | "queue"> {
  return { alarms: new Map(alarms.map((alarm) => [alarm.id, alarm])), queue: alarms };
}

test("without a form what is chosen is worked on, and what stands on top where that is gone", () => {
  expect(workedOn({ mode: NOTHING, wanted: mine.id, last: undefined, ...shown(onTop, mine) })).toBe(mine);
  expect(workedOn({ mode: NOTHING, wanted: mine.id, last: mine, ...shown(onTop) })).toBe(onTop);
});

test("a form stays with its alarm when that is gone from a fresh snapshot: nothing typed is sent about the one on top", () => {
  expect(workedOn({ mode: note, wanted: mine.id, last: mine, ...shown(onTop) })).toEqual({ ...mine, state: "closed" });
});

test("an alarm that was gone from one snapshot and is in the next is worked on as the record has it", () => {
  const later = { ...mine, offset: 30 };
  expect(workedOn({ mode: note, wanted: mine.id, last: { ...mine, state: "closed" }, ...shown(onTop, later) })).toBe(later);
});

test("what was seen last is nothing of a form that was opened on another alarm", () => {
  expect(workedOn({ mode: note, wanted: mine.id, last: onTop, ...shown(onTop) })).toBeUndefined();
});

test("a form that is opened again on the same alarm is the same one: its answer closes it", () => {
  expect(opening("note", mine.id)(note)).toBe(note);
  expect(opening("note", onTop.id)(note)).toEqual({ form: "note", on: onTop.id });
  expect(opening("verify", mine.id)(note)).toEqual({ form: "verify", on: mine.id });
});

test("what was opened about an alarm is over when that is closed; an account is registered also afterwards", () => {
  const closed = anAlarm({ state: "closed" });
  expect(isOver("note", closed)).toBe(true);
  expect(isOver("note", mine)).toBe(false);
  expect(isOver("adopt", closed)).toBe(false);
  expect(isOver("none", closed)).toBe(false);
});
