import { expect, test } from "vitest";

import { OpenActs } from "../src/desk/open_acts.ts";

/** An id that was not given before. */
function ids(): () => string {
  let given = 0;
  return () => `id${(given += 1)}`;
}

test("an act whose answer was lost keeps its id, also when another act was sent between: a guard is not ordered twice", () => {
  const [acts, fresh] = [new OpenActs(), ids()];
  const order = acts.begin("guards", fresh, 1);
  const note = acts.begin("note", fresh, 2);
  acts.end(note);
  expect(acts.begin("guards", fresh, 3).id).toBe(order.id);
});

test("what was decided is another act when it is sent again", () => {
  const [acts, fresh] = [new OpenActs(), ids()];
  const [order, note] = [acts.begin("guards", fresh, 1), acts.begin("note", fresh, 2)];
  expect(acts.decided(["other", order.id])).toEqual([order]);
  expect(acts.decided([order.id])).toEqual([]);
  expect(acts.begin("guards", fresh, 3).id).not.toBe(order.id);
  expect(acts.begin("note", fresh, 3).id).toBe(note.id);
});

test("the same words after minutes are another act: the answer to the first would be taken for theirs", () => {
  const [acts, fresh] = [new OpenActs(), ids()];
  const first = acts.begin("note", fresh, 0);
  expect(acts.begin("note", fresh, 170_000).id).toBe(first.id);
  expect(acts.begin("note", fresh, 180_000).id).not.toBe(first.id);
});
