import { beforeAll, expect, test } from "vitest";
import i18next from "i18next";

import { en } from "../src/words/en.ts";
import { whichWord } from "../src/words/which.ts";
import { zh } from "../src/words/zh.ts";

beforeAll(async () => {
  await i18next.init({ lng: "zh", resources: { zh: { translation: zh }, en: { translation: en } } });
});

test("the number of a duress code, a disarming and a cancel is a user's, in three digits", () => {
  for (const code of ["121", "401", "406", "OP"]) expect(whichWord(i18next.t, { code, zone: "2" })).toBe("用户 002");
  expect(whichWord(i18next.getFixedT("en"), { code: "121", zone: "2" })).toBe("user 002");
});

test("any other number is a zone's, and none is said to be none", () => {
  expect(whichWord(i18next.t, { code: "130", zone: "3" })).toBe("防区 3");
  expect(whichWord(i18next.t, { code: "121", zone: "" })).toBe("防区 —");
});
