// Is what I see true, now? Judged by beats alone: a socket that is open and silent is not alive.

/** The fault must be seen within 2 s without a beat (mock, "States"); the check itself runs every 100 ms. */
export const STALE_AFTER_MS = 1900;

export interface Liveness {
  readonly open: boolean;
  /** This desk's clock when the last beat came, in ms; null before the first. */
  readonly beatAt: number | null;
  /** Server time of that beat, in microseconds. */
  readonly beatSaid: number | null;
  /** Smallest (arrival - said) of this connection: clock difference plus the fastest way here. */
  readonly skewMs: number | null;
  /** How much slower than that the last beat was. */
  readonly delayMs: number | null;
}

export const silent: Liveness = { open: false, beatAt: null, beatSaid: null, skewMs: null, delayMs: null };

export function opened(): Liveness {
  return { ...silent, open: true };
}

export function lost(liveness: Liveness): Liveness {
  return { ...liveness, open: false };
}

export function beaten(liveness: Liveness, saidUs: number, nowMs: number): Liveness {
  const took = nowMs - saidUs / 1000;
  const skewMs = Math.min(liveness.skewMs ?? took, took);
  return { open: true, beatAt: nowMs, beatSaid: saidUs, skewMs, delayMs: took - skewMs };
}

export function isStale(liveness: Liveness, nowMs: number): boolean {
  return !liveness.open || liveness.beatAt === null || nowMs - liveness.beatAt > STALE_AFTER_MS;
}

/** The server's clock as far as this desk knows it, in microseconds. */
export function serverNow(liveness: Liveness, nowMs: number): number {
  return (nowMs - (liveness.skewMs ?? 0)) * 1000;
}
