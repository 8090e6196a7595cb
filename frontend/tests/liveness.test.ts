import { expect, test } from "vitest";

import { beaten, isStale, lost, opened, serverNow, silent } from "../src/feed/liveness.ts";

test("nothing is true before the first beat", () => {
  expect(isStale(silent, 0)).toBe(true);
  expect(isStale(opened(), 0)).toBe(true);
});

test("two seconds without a beat are noticed", () => {
  const alive = beaten(opened(), 1_000_000, 5_000);
  expect(isStale(alive, 6_500)).toBe(false);
  expect(isStale(alive, 7_000)).toBe(true);
});

test("a lost socket is stale at once, and the last beat stays known", () => {
  const gone = lost(beaten(opened(), 1_000_000, 5_000));
  expect(isStale(gone, 5_001)).toBe(true);
  expect(gone.beatSaid).toBe(1_000_000);
});

test("the delay is what a beat took beyond the fastest one, whatever this desk's clock says", () => {
  const first = beaten(opened(), 1_000_000, 61_010);
  const second = beaten(first, 2_000_000, 62_050);
  expect(second.delayMs).toBe(40);
  expect(serverNow(second, 62_050)).toBe(2_040_000);
});
