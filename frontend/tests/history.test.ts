import { expect, test } from "vitest";

import type { PastRecord } from "../src/api.ts";
import { clock, dayStart, parsed, written } from "../src/history/instant.ts";
import { nextOf } from "../src/history/playing.ts";
import { firstBreak, instants, laneOf, stepped } from "../src/history/steps.ts";

const record = (part: Partial<PastRecord>): PastRecord => ({ partition: 4, offset: 1, time: 1, type: "alarm.claimed.v1", event: {}, answer: null, prev: "", digest: "", ...part });

test("an instant is written and read in Shanghai, to the millisecond", () => {
  const at = Date.UTC(2026, 8, 17, 18, 14, 6, 400) * 1000;
  expect(written(at)).toBe("2026-09-18 02:14:06.400");
  expect(clock(at)).toBe("02:14:06.400");
  expect(parsed("2026-09-18 02:14:06.4")).toBe(at);
  expect(parsed("2026-09-18T02:14")).toBe(at - 6_400_000);
});

test("a day begins at midnight in Shanghai", () => {
  const midnight = Date.UTC(2026, 8, 17, 16) * 1000;
  expect(dayStart(midnight)).toBe(midnight);
  expect(dayStart(midnight + 86_399_999_999)).toBe(midnight);
  expect(dayStart(midnight - 1)).toBe(midnight - 86_400_000_000);
});

test("an alarm is played from decision to decision, the desk by the second, and neither beyond its end", () => {
  expect(nextOf(5, [1, 5, 9], 60, 100)).toBe(9);
  expect(nextOf(9, [1, 5, 9], 60, 100)).toBeNull();
  expect(nextOf(1_000_000, [], 10, 20_000_000)).toBe(11_000_000);
  expect(nextOf(11_000_000, [], 10, 20_000_000)).toBeNull();
});

test("what is no instant is not taken for one", () => {
  for (const text of ["", "02:14:06", "2026-13-40 02:14:06", "yesterday"]) expect(parsed(text), text).toBeNull();
});

test("steps go from one instant of the record to the next, and stop at both ends", () => {
  const steps = instants([record({ time: 5 }), record({ time: 2 }), record({ time: 5 })]);
  expect(steps).toEqual([2, 5]);
  expect([stepped(steps, 3, 1), stepped(steps, 5, 1), stepped(steps, 5, -1), stepped(steps, 1, -1)]).toEqual([5, 5, 2, 1]);
});

test("a record that does not continue the one right before it is a break", () => {
  const whole = [record({ offset: 1, digest: "aabbcc" }), record({ offset: 2, prev: "aabb", digest: "dd" })];
  expect(firstBreak(whole)).toBeNull();
  expect(firstBreak([...whole, record({ offset: 3, prev: "ee" })])?.offset).toBe(3);
});

test("records between which others lie are not judged here", () => {
  expect(firstBreak([record({ offset: 1, digest: "aa" }), record({ offset: 9, prev: "bb" })])).toBeNull();
});

test("signals, decisions and the police have a lane each", () => {
  expect(["alarm.occurred.v1", "alarm.claimed.v1", "escalation.signed_for.v1"].map(laneOf)).toEqual(["signals", "decisions", "police"]);
});
