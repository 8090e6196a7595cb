import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { en } from "../src/words/en.ts";
import { zh } from "../src/words/zh.ts";

const SOURCES = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => /\.(tsx?|css)$/.test(name));

function flat(words: object, before = ""): [string, string][] {
  return Object.entries(words).flatMap(([key, word]) => (typeof word === "string" ? [[before + key, word] as [string, string]] : flat(word as object, `${before}${key}.`)));
}

test("both languages hold the same words with the same places to fill", () => {
  const places = (word: string): string[] => (word.match(/\{\{\w+\}\}/g) ?? []).sort();
  const [chinese, english] = [new Map(flat(zh)), new Map(flat(en))];
  expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  for (const [key, word] of chinese) expect(places(english.get(key) ?? ""), key).toEqual(places(word));
});

test("no word is empty", () => {
  for (const [key, word] of [...flat(zh), ...flat(en)]) expect(word.trim(), key).not.toBe("");
});

test("colours are named in the tokens alone", () => {
  for (const name of SOURCES.filter((name) => name.endsWith(".css") && name !== "tokens.css")) {
    const style = readFileSync(join("src", name), "utf8").replace(/url\([^)]*\)/g, "");
    expect(style.match(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/gi) ?? [], name).toEqual([]);
  }
});

test("nothing is fetched from elsewhere", () => {
  for (const name of SOURCES) {
    const source = readFileSync(join("src", name), "utf8").replaceAll("http://www.w3.org/2000/svg", "");
    expect(source.match(/https?:\/\//g) ?? [], name).toEqual([]);
  }
});

test("the licence of the shipped font is served beside it", () => {
  expect(readFileSync("public/noto-sans-sc.OFL.txt", "utf8")).toContain("SIL Open Font License, Version 1.1");
});
