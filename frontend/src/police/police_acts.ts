// The acts of the police page as functions of the report that is chosen.

import type { Acting } from "../desk/acting.ts";
import type { Hindrance, Situation } from "../desk/acts.ts";
import { settled, type Drawn } from "../desk/optimism.ts";
import type { EscalationView } from "../generated/contracts.ts";
import { ACT_PATHS, POLICE_ACTS, policeHindrance, type PoliceAct } from "./acts.ts";

export interface PoliceActs {
  why: Record<PoliceAct, Hindrance | null>;
  /** Stay with this report, whatever comes on top of it: something is being typed about it. */
  hold(): void;
  /** Whether it is done. */
  send(act: PoliceAct, body: object): Promise<boolean>;
}

export function policeActs(acting: Acting, chosen: EscalationView | undefined, drawn: Drawn<EscalationView> | undefined, situation: Situation, choose: (id: string) => void): PoliceActs {
  const judged = chosen === undefined || drawn === undefined ? undefined : settled(chosen, drawn);
  const why = Object.fromEntries(POLICE_ACTS.map((act) => [act, policeHindrance(act, judged, situation)])) as PoliceActs["why"];
  return {
    why,
    hold: () => chosen !== undefined && choose(chosen.id),
    send: async (act, body) => {
      if (why[act] !== null || chosen === undefined) return false;
      choose(chosen.id);
      return acting.send({ name: act, subject: chosen.id, path: `/api/escalations/${encodeURIComponent(chosen.id)}/${ACT_PATHS[act]}`, body, base: chosen });
    },
  };
}
