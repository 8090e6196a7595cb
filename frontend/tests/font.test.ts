import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { en } from "../src/words/en.ts";
import { zh } from "../src/words/zh.ts";

const sheet = readFileSync("node_modules/@fontsource-variable/noto-sans-sc/index.css", "utf8");
const ranges = [...sheet.matchAll(/unicode-range: ([^;]+);/g)].flatMap(([, listed]) =>
  (listed ?? "").split(",").map((range) => {
    const [from = "", to] = range.trim().replace(/^U\+/i, "").split("-");
    return [parseInt(from, 16), parseInt(to ?? from, 16)] as const;
  }),
);

test("the shipped font draws every letter of both word lists", () => {
  const drawn = (letter: string): boolean => ranges.some(([from, to]) => from <= (letter.codePointAt(0) ?? 0) && (letter.codePointAt(0) ?? 0) <= to);
  const missing = [...new Set(JSON.stringify([zh, en]))].filter((letter) => !drawn(letter));
  expect(missing).toEqual([]);
});
