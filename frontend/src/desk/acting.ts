// An act is drawn as pending until its decision is read: from the act's own answer, from the feed, or by its ticket.

import { useCallback, useLayoutEffect, useRef, useState } from "react";

import { act, Refusal, ticket, Unreachable, type Problem, type Ticket } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import { uuid7 } from "../ids.ts";
import { OpenActs } from "./open_acts.ts";

export type ActName =
  | "claim"
  | "verify"
  | "escalate"
  | "close"
  | "release"
  | "handOver"
  | "takeOver"
  | "note"
  | "orderGuard"
  | "guardStep"
  | "guardResult"
  | "adopt"
  | "undecidedNote"
  | "signFor"
  | "policeDispatch"
  | "onScene"
  | "feedback"
  | "openWindow"
  | "endWindow"
  | "giveBack"
  | "transfer"
  | "duplicate"
  | "supplement"
  | "standDown"
  | "phone";

/** What was sent, and on which view of its subject: as long as that view stands, the act may be drawn on it. */
export interface Sent {
  name: ActName;
  subject: string;
  path: string;
  body: object;
  base: object | null;
}

export type Outcome =
  | { state: "none" }
  | { state: "pending"; sent: Sent }
  | { state: "done"; sent: Sent; already: boolean; tookMs: number }
  | { state: "kept"; sent: Sent }
  | { state: "refused"; sent: Sent; problem: Problem }
  | { state: "unknown"; sent: Sent }
  | { state: "failed"; sent: Sent };

export interface Acting {
  outcome: Outcome;
  pending: boolean;
  /** Whether it is done, or kept to be decided later. */
  send(sent: Sent): Promise<boolean>;
  clear(): void;
}

const ASK_AGAIN_MS = 500;
const ASK_FOR_MS = 30_000;

export function useActing(): Acting {
  const [outcome, setOutcome] = useState<Outcome>({ state: "none" });
  const live = useLive();
  const now = useRef(live.now);
  now.current = live.now;
  const open = useRef(new OpenActs());

  const send = useCallback(async (sent: Sent): Promise<boolean> => {
    const one = open.current.begin(keyOf(sent), () => uuid7(now.current / 1000), performance.now());
    setOutcome({ state: "pending", sent });
    try {
      const first = await act(sent.path, sent.body, one.id);
      const told = sent.name === "undecidedNote" ? "kept" : await decided(first, () => setOutcome({ state: "unknown", sent }));
      if (told === null) return false;
      open.current.end(one);
      setOutcome(told === "kept" ? { state: "kept", sent } : { state: "done", sent, already: told.answer?.type === "already", tookMs: Math.round(performance.now() - one.began) });
      return true;
    } catch (error) {
      if (error instanceof Refusal) open.current.end(one);
      setOutcome(failure(sent, error));
      return false;
    }
  }, []);

  // The feed may be faster than an answer that got lost: a decision that was read settles the act, before what it did is
  // painted: who sees it may press the next key at once.
  const { decided: read } = live.picture;
  useLayoutEffect(() => {
    for (const one of open.current.decided(read)) {
      setOutcome((before) => ("sent" in before && keyOf(before.sent) === one.key ? { state: "done", sent: before.sent, already: false, tookMs: Math.round(performance.now() - one.began) } : before));
    }
  }, [read]);

  const clear = useCallback(() => setOutcome({ state: "none" }), []);
  return { outcome, pending: outcome.state === "pending", send, clear };
}

/** Whether an act on this subject was sent and its answer, which says what became of it, is not there yet. */
export function underWay(outcome: Outcome, subject: string): boolean {
  return (outcome.state === "pending" || outcome.state === "unknown") && outcome.sent.subject === subject;
}

function keyOf({ path, body }: Sent): string {
  return JSON.stringify([path, body]);
}

function failure(sent: Sent, error: unknown): Outcome {
  if (error instanceof Refusal) return { state: "refused", sent, problem: error.problem };
  if (error instanceof Unreachable) return { state: "failed", sent };
  throw error;
}

/** The answer, asking the ticket while it is not decided; null when it stays unknown. */
async function decided(first: Ticket, waiting: () => void): Promise<Ticket | null> {
  if (first.answer !== undefined || first.ticket === undefined) return first;
  waiting();
  const until = performance.now() + ASK_FOR_MS;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    const again = await ticket(first.ticket).catch(away);
    if (again?.answer !== undefined) return again;
  }
  return null;
}

/** A ticket that cannot be asked for just now is asked for again; a refusal is an answer. */
function away(error: unknown): null {
  if (error instanceof Unreachable) return null;
  throw error;
}

/** The stable part of `urn:jiejing:<reason>`, in the form of the word lists. */
export function reasonOf(problem: Problem): string {
  return problem.type.replace(/^urn:jiejing:/, "").replaceAll(".", "_");
}
