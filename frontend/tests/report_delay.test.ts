import { expect, test } from "vitest";

import { secondsToReport } from "../src/desk/report_delay.ts";
import type { VerificationView } from "../src/generated/contracts.ts";

const verification = (second: number): VerificationView => ({ result: "confirmed", evidence: [], by: "me", at: second * 1_000_000 });

test("a report tells how many whole seconds it came after the verification", () => {
  expect(secondsToReport({ verification: verification(55), escalated_at: 65_900_000 })).toBe(10);
});

test("without a report, without a verification, or verified again since, it tells nothing", () => {
  expect(secondsToReport({ verification: verification(55), escalated_at: null })).toBeNull();
  expect(secondsToReport({ verification: null, escalated_at: 65_000_000 })).toBeNull();
  expect(secondsToReport({ verification: verification(70), escalated_at: 65_000_000 })).toBeNull();
});
