import { expect, test } from "vitest";

import { above, pathOf, placeOf, type Place } from "../src/accounting/place.ts";

const NOWHERE: Place = { day: null, line: null, minute: null, by: "lines" };
const DAY: Place = { ...NOWHERE, day: "2026-11-21" };
const PLACES: readonly Place[] = [
  NOWHERE,
  DAY,
  { ...DAY, by: "minutes" },
  { ...DAY, line: "default/1001" },
  { ...DAY, line: "" },
  { ...DAY, line: "default/1001", minute: "1800000000000000" },
  { ...DAY, minute: "1800000000000000" },
];

test("every place has an address that leads back to it", () => {
  for (const place of PLACES) expect(placeOf(pathOf(place))).toEqual(place);
});

test("an address that nobody wrote leads to all days", () => {
  for (const path of ["/accounting/", "/accounting/yesterday/line/1", "/accounting/%E0%A4%A"]) expect(placeOf(path)).toEqual(NOWHERE);
  expect(placeOf("/accounting/2026-11-21/minute/soon").minute).toBe(null);
});

test("one level up is where one came from, and all days in the end", () => {
  expect(above({ ...DAY, line: "a/1", minute: "60000000" })).toEqual({ ...DAY, line: "a/1" });
  expect(above({ ...DAY, line: "a/1" })).toEqual(DAY);
  expect(above({ ...DAY, minute: "60000000" })).toEqual({ ...DAY, by: "minutes" });
  expect(above(DAY)).toEqual(NOWHERE);
  expect(above(NOWHERE)).toEqual(NOWHERE);
});
