// The acts of the police page as functions of the report that is chosen.

import type { Acting } from "../desk/acting.ts";
import type { Hindrance, Situation } from "../desk/acts.ts";
import { settled, type Drawn } from "../desk/optimism.ts";
import type { EscalationView } from "../generated/contracts.ts";
import { ACT_PATHS, POLICE_ACTS, policeHindrance, type PoliceAct } from "./acts.ts";

/** The report that a person turned to, and whether something is typed about it. */
export interface Wanted {
  id: string;
  typed: boolean;
}

export interface Worked {
  report: EscalationView | undefined;
  /** It is shown no more, and stands as it was seen last: something was typed about it. */
  gone: boolean;
}

export function workedOn(all: readonly EscalationView[], wanted: Wanted | null, last: EscalationView | undefined): Worked {
  const found = all.find((one) => one.id === wanted?.id);
  if (found === undefined && wanted?.typed === true && last?.id === wanted.id) return { report: last, gone: true };
  return { report: found ?? all[0], gone: false };
}

export interface PoliceActs {
  why: Record<PoliceAct, Hindrance | null>;
  /** Stay with this report, whatever comes on top of it: something is being typed about it. */
  hold(): void;
  /** Whether it is done. */
  send(act: PoliceAct, body: object): Promise<boolean>;
}

type Turn = (next: (now: Wanted | null) => Wanted | null) => void;

export function policeActs(acting: Acting, { report, gone }: Worked, drawn: Drawn<EscalationView> | undefined, situation: Situation, turn: Turn): PoliceActs {
  const chosen = gone ? undefined : report;
  const judged = chosen === undefined || drawn === undefined ? undefined : settled(chosen, drawn);
  const why = Object.fromEntries(POLICE_ACTS.map((act) => [act, policeHindrance(act, judged, situation)])) as PoliceActs["why"];
  return {
    why,
    hold: () => chosen !== undefined && turn(() => ({ id: chosen.id, typed: true })),
    send: async (act, body) => {
      if (why[act] !== null || chosen === undefined) return false;
      const { id } = chosen;
      turn((now) => (now?.id === id ? now : { id, typed: false }));
      const done = await acting.send({ name: act, subject: id, path: `/api/escalations/${encodeURIComponent(id)}/${ACT_PATHS[act]}`, body, base: chosen });
      if (done) turn((now) => (now?.id === id ? { id, typed: false } : now));
      return done;
    },
  };
}
