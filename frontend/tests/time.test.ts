import { expect, test } from "vitest";

import { uuid7 } from "../src/ids.ts";
import { brief, age, hms, near, stamp } from "../src/time.ts";

const NIGHT = Date.UTC(2025, 8, 17, 18, 13, 7) * 1000;

test("times are shown as Asia/Shanghai, wherever the desk stands", () => {
  expect(hms(NIGHT)).toBe("02:13:07");
  expect(stamp(NIGHT)).toBe("2025-09-18 02:13:07");
});

test("an instant of another day carries its day", () => {
  expect(near(NIGHT, NIGHT + 1)).toBe("02:13:07");
  expect(near(NIGHT, NIGHT + 86_400_000_000)).toBe("2025-09-18 02:13:07");
});

test("an age is minutes and seconds, then hours, and never negative", () => {
  expect([age(51_000_000), age(3_661_000_000), age(-5)]).toEqual(["00:51", "1:01:01", "00:00"]);
});

test("a command's id is a uuid7 that carries its time", () => {
  const id = uuid7(1_700_000_000_000);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(1_700_000_000_000);
});

test("a narrow list shows the time of today and the day of other days", () => {
  const at = Date.UTC(2026, 8, 17, 18, 14, 6) * 1000;
  expect(brief(at, at + 1_000_000)).toBe("02:14:06");
  expect(brief(at, at + 86_400_000_000)).toBe("09-18 02:14");
});
