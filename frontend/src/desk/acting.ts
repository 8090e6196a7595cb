// An act is drawn as pending until its decision is read: from the act's own answer, from the feed, or by its ticket.

import { useCallback, useEffect, useRef, useState } from "react";

import { act, Refusal, ticket, Unreachable, type Problem, type Ticket } from "../api.ts";
import { useLive } from "../feed/live.tsx";
import { uuid7 } from "../ids.ts";

export type ActName = "claim" | "verify" | "escalate" | "close" | "signFor";

export type Outcome =
  | { state: "none" }
  | { state: "pending"; name: ActName; subject: string }
  | { state: "done"; name: ActName; already: boolean; tookMs: number }
  | { state: "refused"; name: ActName; problem: Problem }
  | { state: "unknown"; name: ActName }
  | { state: "failed"; name: ActName };

export interface Acting {
  outcome: Outcome;
  pending: boolean;
  send(name: ActName, subject: string, path: string, body: object): Promise<boolean>;
  clear(): void;
}

const ASK_AGAIN_MS = 500;
const ASK_FOR_MS = 30_000;

export function useActing(): Acting {
  const [outcome, setOutcome] = useState<Outcome>({ state: "none" });
  const live = useLive();
  const now = useRef(live.now);
  now.current = live.now;
  const unsent = useRef<{ key: string; id: string; began: number } | null>(null);

  const send = useCallback(async (name: ActName, subject: string, path: string, body: object): Promise<boolean> => {
    const key = JSON.stringify([path, body]);
    const id = unsent.current?.key === key ? unsent.current.id : uuid7(now.current / 1000);
    const began = performance.now();
    unsent.current = { key, id, began };
    setOutcome({ state: "pending", name, subject });
    try {
      const told = await decided(await act(path, body, id), () => setOutcome({ state: "unknown", name }));
      if (told === null) return false;
      unsent.current = null;
      setOutcome({ state: "done", name, already: told.answer?.type === "already", tookMs: Math.round(performance.now() - began) });
      return true;
    } catch (error) {
      if (error instanceof Refusal) unsent.current = null;
      setOutcome(failure(name, error));
      return false;
    }
  }, []);

  // The feed may be faster than an answer that got lost: a decision that was read settles the act.
  const { decided: read } = live.picture;
  useEffect(() => {
    const open = unsent.current;
    if (open === null || !read.includes(open.id)) return;
    unsent.current = null;
    setOutcome((before) => ("name" in before ? { state: "done", name: before.name, already: false, tookMs: Math.round(performance.now() - open.began) } : before));
  }, [read]);

  const clear = useCallback(() => setOutcome({ state: "none" }), []);
  return { outcome, pending: outcome.state === "pending", send, clear };
}

function failure(name: ActName, error: unknown): Outcome {
  if (error instanceof Refusal) return { state: "refused", name, problem: error.problem };
  if (error instanceof Unreachable) return { state: "failed", name };
  throw error;
}

/** The answer, asking the ticket while it is not decided; null when it stays unknown. */
async function decided(first: Ticket, waiting: () => void): Promise<Ticket | null> {
  if (first.answer !== undefined) return first;
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
