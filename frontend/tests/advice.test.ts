import { expect, test } from "vitest";

import { inSuccession } from "../src/desk/advice.ts";
import type { RuleSignal } from "../src/generated/contracts.ts";

const signal = (zone: string, second: number): RuleSignal => ({ zone, received_at: second * 1_000_000 });

test("two zones within 120 s are in succession, with the seconds between", () => {
  expect(inSuccession([signal("3", 7), signal("4", 41)])).toMatchObject({ from: { zone: "3" }, to: { zone: "4" }, seconds: 34 });
});

test("the same zone twice, or two zones far apart, are not", () => {
  expect(inSuccession([signal("3", 0), signal("3", 5)])).toBeNull();
  expect(inSuccession([signal("3", 0), signal("4", 121)])).toBeNull();
  expect(inSuccession([])).toBeNull();
});
