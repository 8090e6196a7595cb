// When to ring: once for what is new, again and again for what is urgent and has nobody.

export interface Waiting {
  id: string;
  priority: number;
}

const AGAIN_MS = 3000;
const URGENT = 2;

export interface Rung {
  /** What has rung already. */
  ids: ReadonlySet<string>;
  atMs: number;
}

export const quiet: Rung = { ids: new Set(), atMs: 0 };

/** The priority to ring with now, or null. */
export function due(waiting: readonly Waiting[], rung: Rung, nowMs: number): number | null {
  const fresh = waiting.filter((one) => !rung.ids.has(one.id));
  const urgent = nowMs - rung.atMs >= AGAIN_MS ? waiting.filter((one) => one.priority <= URGENT) : [];
  const loudest = Math.min(...[...fresh, ...urgent].map((one) => one.priority));
  return Number.isFinite(loudest) ? loudest : null;
}

export function rang(waiting: readonly Waiting[], nowMs: number): Rung {
  return { ids: new Set(waiting.map((one) => one.id)), atMs: nowMs };
}
