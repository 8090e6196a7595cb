// Why nobody was signed in, as the person is told.

import { Refusal, Unreachable } from "./api.ts";

type Whole = "empty" | "short" | "same" | "differs";
/** In our words, or in the server's where it knows more: how long to wait. */
export type Fault = { word: Whole | "wrong" | "unreachable" | "failed" } | { said: string; toDo: string };

const UNAUTHORISED = new Set([401, 403]);
const TOO_OFTEN = 429;

/** Whether the password was right, and given by somebody who knows it too. */
export function isGiven(error: unknown): boolean {
  return error instanceof Refusal && error.problem.type === "urn:jiejing:password.given";
}

/** Whether the word says what to do as well. */
export function isWhole(word: string): word is Whole {
  return ["empty", "short", "same", "differs"].includes(word);
}

export function faultOf(error: unknown): Fault {
  if (error instanceof Unreachable) return { word: "unreachable" };
  if (!(error instanceof Refusal)) return { word: "failed" };
  const { status, title, what_to_do: toDo } = error.problem;
  if (error.problem.type === "urn:jiejing:password.wrong" && toDo !== undefined) return { said: title, toDo };
  if (status === TOO_OFTEN && toDo !== undefined) return { said: title, toDo };
  return { word: UNAUTHORISED.has(status) ? "wrong" : "failed" };
}
