import { expect, test } from "vitest";

import { pagesOf } from "../src/pages.ts";
import { citation, clauseOf, fromTyped, typed, type Pack } from "../src/interruptions/calls.ts";
import type { Candidate } from "../src/generated/contracts.ts";

const CANDIDATE: Candidate = { pack: "QHD-2018", article: "19", clause: "4", site_class: "other", kind: "intrusion_alarm", facts: ["power"] };
const PACK: Pack = { id: "QHD-2018", version: 1, zh: "办法", en: "rules", not_loaded: [], clauses: [{ article: "19", clause: "4", quoted: true, zh: "妨碍", en: "obstruction" }] };

test("an article is cited by instrument, article and item", () => {
  expect(citation(CANDIDATE)).toBe("QHD-2018:19(4)");
  expect(citation({ ...CANDIDATE, clause: "" })).toBe("QHD-2018:19");
});

test("its words are found in the pack, and nothing is invented where there are none", () => {
  expect(clauseOf([PACK], CANDIDATE)?.clause.zh).toBe("妨碍");
  expect(clauseOf([PACK], { ...CANDIDATE, clause: "9" })).toBeNull();
  expect(clauseOf([], CANDIDATE)).toBeNull();
});

test("what is typed is Shanghai time, and comes back as it was typed", () => {
  expect(fromTyped("2026-09-18T08:00")).toBe(Date.UTC(2026, 8, 18) * 1000);
  expect(typed(fromTyped("2026-12-31T23:59"))).toBe("2026-12-31T23:59");
});

test("the police have no page of interruptions", () => {
  expect(pagesOf(["police"])).not.toContain("interruptions");
  expect(pagesOf(["operator"])).toContain("interruptions");
  expect(pagesOf(["inspector"])).toContain("interruptions");
});
