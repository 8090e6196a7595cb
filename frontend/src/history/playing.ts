// The clock of the past, when it goes by itself: second by second, or from decision to decision.

import { useEffect, useRef, useState } from "react";

const BEAT_MS = 1000;
export const SPEEDS = [1, 10, 60, 600] as const;

export interface Playing {
  is: boolean;
  /** Seconds of the past in one second; null: it goes from decision to decision. */
  speed: number | null;
  toggle(): void;
  go(speed: number): void;
}

/** Where it goes from `at` in one beat; null: it has come to its end. */
export function nextOf(at: number, steps: readonly number[], speed: number, newest: number): number | null {
  if (steps.length > 0) return steps.find((one) => one > at) ?? null;
  const next = at + speed * 1_000_000;
  return next <= newest ? next : null;
}

/** `steps`: the instants of an alarm, none for the whole desk; `newest`: nothing is known later than this. */
export function usePlaying(at: number | null, steps: readonly number[], newest: number, setAt: (at: number) => void): Playing {
  const [is, setIs] = useState(false);
  const [speed, go] = useState<number>(SPEEDS[0]);
  const now = useRef({ at, steps, newest, setAt });
  now.current = { at, steps, newest, setAt };
  useEffect(() => {
    if (!is) return;
    const timer = setInterval(() => {
      const { at: from, steps: of, newest: end, setAt: to } = now.current;
      const next = from === null ? null : nextOf(from, of, speed, end);
      if (next === null) setIs(false);
      else to(next);
    }, BEAT_MS);
    return () => clearInterval(timer);
  }, [is, speed]);
  return { is, speed: steps.length > 0 ? null : speed, toggle: () => setIs(!is), go };
}
