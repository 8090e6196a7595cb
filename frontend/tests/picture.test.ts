import { expect, test } from "vitest";

import { blank, fold, resume, undecidedSignals, type Picture } from "../src/feed/picture.ts";
import type { Accounting, AlarmChanged, AlarmView, PartitionPosition, UndecidedSignal } from "../src/generated/contracts.ts";
import { anAlarm, anEscalation } from "./views.ts";

const position = (offset: number, log_id = "log"): PartitionPosition => ({ partition: 3, log_id, offset, decided_at: 0 });

function shown(...alarms: AlarmView[]): Picture {
  return fold(blank, { type: "feed.snapshot.v1", alarms, escalations: [], positions: [position(10)], undecided: [], stopped: [], at: 0, sight: "s" }).picture;
}

function changed(alarm: AlarmView, log_id = "log"): AlarmChanged {
  return { type: "feed.alarm_changed.v1", partition: alarm.partition, offset: alarm.offset, log_id, alarm, command: null };
}

test("a snapshot takes the place of everything", () => {
  const picture = fold(shown(anAlarm()), { type: "feed.snapshot.v1", alarms: [anAlarm({ id: "a2" })], escalations: [], positions: [], undecided: [], stopped: [], at: 0, sight: "s" }).picture;
  expect([...picture.alarms.keys()]).toEqual(["a2"]);
  expect(picture.complete).toBe(true);
});

test("a frame that is older than what is shown changes nothing", () => {
  const now = shown(anAlarm({ offset: 12, claimed_by: "me" }));
  expect(fold(now, changed(anAlarm({ offset: 11 }))).picture.alarms.get("a1")?.claimed_by).toBe("me");
});

test("a newer frame is shown", () => {
  const step = fold(shown(anAlarm()), changed(anAlarm({ offset: 11, claimed_by: "me" })));
  expect(step.picture.alarms.get("a1")?.claimed_by).toBe("me");
  expect(step.restart).toBe(false);
});

test("a frame of another log throws everything away and asks for a new snapshot", () => {
  const step = fold(shown(anAlarm()), changed(anAlarm({ offset: 99, claimed_by: "me" }), "other"));
  expect(step).toEqual({ picture: blank, restart: true });
  expect(resume(step.picture)).toBeNull();
});

test("a beat of another log throws everything away too", () => {
  const beat = { type: "feed.beat.v1", at: 7, behind_ms: 0, last_signal_at: null, positions: [position(1, "other")], stopped: [], accounting: null } as const;
  expect(fold(shown(anAlarm()), beat)).toEqual({ picture: blank, restart: true });
});

test("a lost connection goes on from the newest place of each partition", () => {
  const later = fold(shown(anAlarm()), changed(anAlarm({ offset: 14 }))).picture;
  expect(resume(later)?.positions.map((at) => [at.partition, at.offset, at.log_id])).toEqual([[3, 14, "log"]]);
  expect(resume(blank)).toBeNull();
});

test("a resumed picture is kept as it stood", () => {
  const before = shown(anAlarm());
  expect(fold(before, { type: "feed.resumed.v1", at: 1 }).picture).toBe(before);
});

const raw = (offset: number, partition = 4): UndecidedSignal => ({
  partition, offset, site: "s1", site_name: "", account_space: "dc09", account: "1", code: "130", class: "burglary", qualifier: "new", area: "", zone: "", received_at: offset,
});

test("the lane of a partition is replaced whole and goes when the partition decides again", () => {
  const lane = (signals: UndecidedSignal[]) => ({ type: "feed.undecided.v1", partition: 4, signals }) as const;
  const two = fold(fold(shown(), lane([raw(5)])).picture, lane([raw(5), raw(6)])).picture;
  expect(undecidedSignals(two).map((signal) => signal.offset)).toEqual([5, 6]);
  expect(undecidedSignals(fold(two, lane([])).picture)).toEqual([]);
});

test("a snapshot brings the lanes of all partitions", () => {
  const { picture } = fold(blank, { type: "feed.snapshot.v1", alarms: [], escalations: [], positions: [], undecided: [raw(9), raw(2, 5)], stopped: [], at: 0, sight: "s" });
  expect(undecidedSignals(picture).map((signal) => [signal.partition, signal.offset])).toEqual([[5, 2], [4, 9]]);
});

test("the last closed alarm is remembered", () => {
  const step = fold(shown(anAlarm()), changed(anAlarm({ offset: 11, state: "closed", closed_at: 5 })));
  expect(step.picture.lastClosed?.id).toBe("a1");
});

test("a beat moves positions, the last signal and how far behind the deciders are", () => {
  const beat = { type: "feed.beat.v1", at: 7, behind_ms: 40, last_signal_at: 6, positions: [position(20)], stopped: [], accounting: null } as const;
  const { picture } = fold(shown(), beat);
  expect([picture.behindMs, picture.lastSignalAt, picture.positions.get(3)?.offset]).toEqual([40, 6, 20]);
});

test("sums that the receivers tell no more are not shown on: nobody knows what came in since", () => {
  const sums: Accounting = { received: 3, recorded: 3, refused: 0, under_way: 0, unaccounted: 0, surfaced: 1, logged: 2, suppressed: 0, retransmit: 0 };
  const beat = { type: "feed.beat.v1", at: 7, behind_ms: 0, last_signal_at: 6, positions: [], stopped: [] } as const;
  const told = fold(shown(), { ...beat, accounting: sums }).picture;
  expect(told.accounting).toBe(sums);
  expect(fold(told, { ...beat, accounting: null }).picture.accounting).toBe(null);
});

test("an older frame of an escalation changes nothing", () => {
  const frame = (offset: number, state: "sent" | "signed_for") =>
    ({ type: "feed.escalation_changed.v1", partition: 3, offset, log_id: "log", escalation: anEscalation({ state }) }) as const;
  const signed = fold(shown(), frame(12, "signed_for")).picture;
  expect(fold(signed, frame(11, "sent")).picture.escalations.get("e1")?.state).toBe("signed_for");
});
