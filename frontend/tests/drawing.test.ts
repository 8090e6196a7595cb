import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { BETWEEN_MS, Drawing } from "../src/feed/drawing.ts";

let newest = 0;
let drawn: number[] = [];
const drawing = (): Drawing<number> => new Drawing(() => newest, (what) => drawn.push(what));

beforeEach(() => {
  vi.useFakeTimers();
  [newest, drawn] = [0, []];
});
afterEach(() => vi.useRealTimers());

function comes(to: Drawing<number>, what: number): void {
  newest = what;
  to.wanted();
}

test("what comes alone is drawn at once", () => {
  const one = drawing();
  for (const what of [1, 2, 3]) {
    comes(one, what);
    expect(drawn.at(-1)).toBe(what);
    vi.advanceTimersByTime(BETWEEN_MS);
  }
});

test("a burst is drawn ten times a second, and its last always", () => {
  const one = drawing();
  for (let what = 1; what <= 1000; what += 1) {
    comes(one, what);
    vi.advanceTimersByTime(1);
  }
  expect(drawn.length).toBeLessThanOrEqual(1000 / BETWEEN_MS + 1);
  vi.advanceTimersByTime(BETWEEN_MS);
  expect(drawn.at(-1)).toBe(1000);
});

test("nothing is drawn behind its end", () => {
  const one = drawing();
  comes(one, 1);
  comes(one, 2);
  one.stop();
  vi.advanceTimersByTime(BETWEEN_MS);
  expect(drawn).toEqual([1]);
});
