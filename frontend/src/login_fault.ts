// Why nobody was signed in, as the person is told.

import { Refusal, Unreachable } from "./api.ts";

/** In our words, or in the server's where it knows more: how long to wait. */
export type Fault = { word: "empty" | "wrong" | "unreachable" | "failed" } | { said: string; toDo: string };

const UNAUTHORISED = new Set([401, 403]);
const TOO_OFTEN = 429;

export function faultOf(error: unknown): Fault {
  if (error instanceof Unreachable) return { word: "unreachable" };
  if (!(error instanceof Refusal)) return { word: "failed" };
  const { status, title, what_to_do: toDo } = error.problem;
  if (status === TOO_OFTEN && toDo !== undefined) return { said: title, toDo };
  return { word: UNAUTHORISED.has(status) ? "wrong" : "failed" };
}
