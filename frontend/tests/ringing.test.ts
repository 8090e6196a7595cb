import { expect, test } from "vitest";

import { due, quiet, rang } from "../src/sound/ringing.ts";

const waiting = (id: string, priority: number) => ({ id, priority });

test("what is new rings at once, by the most urgent of it", () => {
  expect(due([waiting("a", 3), waiting("b", 1)], quiet, 10_000)).toBe(1);
});

test("what is urgent rings again every 3 s until somebody takes it", () => {
  const list = [waiting("a", 2)];
  const rung = rang(list, 10_000);
  expect(due(list, rung, 12_900)).toBeNull();
  expect(due(list, rung, 13_000)).toBe(2);
  expect(due([], rung, 13_000)).toBeNull();
});

test("what is not urgent rings once", () => {
  const list = [waiting("a", 3)];
  expect(due(list, rang(list, 0), 60_000)).toBeNull();
});
