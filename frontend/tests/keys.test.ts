import { expect, test } from "vitest";

import { singleKey } from "../src/keys.ts";

const press = { key: "a", isComposing: false, keyCode: 65, ctrlKey: false, metaKey: false, altKey: false };

test("a single key is read without regard to capitals", () => {
  expect(singleKey({ ...press, key: "A" }, false)).toBe("a");
});

test("a field with the focus keeps its keys, except Esc", () => {
  expect(singleKey(press, true)).toBeNull();
  expect(singleKey({ ...press, key: "Escape" }, true)).toBe("Escape");
});

test("an input method that composes keeps its keys", () => {
  expect(singleKey({ ...press, isComposing: true }, false)).toBeNull();
  expect(singleKey({ ...press, keyCode: 229 }, false)).toBeNull();
  expect(singleKey({ ...press, key: "Process" }, false)).toBeNull();
});

test("shortcuts of the browser are left alone", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) expect(singleKey({ ...press, [held]: true }, false)).toBeNull();
});
