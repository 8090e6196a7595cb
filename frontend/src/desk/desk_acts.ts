// The acts of the desk as functions of what is chosen: opened by key or button, sent by their forms.

import type { Adoption, Me } from "../api.ts";
import type { AlarmView, Mark, ReportAtOnceRule } from "../generated/contracts.ts";
import { closing } from "../parts/closing.ts";
import type { Acting, ActName } from "./acting.ts";
import { DESK_ACTS, hindrance, maySendAnother, needsRule, type DeskAct, type Hindrance } from "./acts.ts";
import type { GivingUp } from "./give_up_form.tsx";
import type { GuardAct } from "./guard_form.tsx";
import { NOTHING, opening, type Form, type Mode } from "./mode.ts";
import { firstUntaken } from "./queue.ts";
import type { Verification } from "./verify_form.tsx";

export interface DeskActs {
  why: Record<DeskAct, Hindrance | null>;
  /** Which alarm `A` takes: the chosen one, or the top one that nobody has taken. */
  toTake: string | null;
  claim(): void;
  /** Open the form of an act; nothing happens where it cannot be done. */
  open(act: Exclude<DeskAct, "claim" | "escalate">): void;
  escalate(): void;
  sendVerification(verification: Verification): void;
  sendEscalation(rule: ReportAtOnceRule | null, mark?: Mark): void;
  /** A drill is a shift supervisor's. */
  mayDrill: boolean;
  sendClose(reason: string): void;
  sendNote(note: string): void;
  sendTakeOver(reason: string): void;
  sendGivingUp(to: GivingUp): void;
  sendGuard(act: GuardAct): void;
  /** Whether another guard may be sent beside the one under way. */
  anotherGuard: boolean;
  sendAdoption(adoption: Adoption): void;
}

export interface Desk {
  me: Me;
  stale: boolean;
  acting: Acting;
  chosen: AlarmView | undefined;
  /** The record's view of an alarm: what an act is drawn on. */
  recorded: (id: string) => AlarmView | undefined;
  queue: readonly AlarmView[];
  choose: (id: string | null) => void;
  mode: Mode;
  setMode: (next: Mode | ((now: Mode) => Mode)) => void;
}

const PATHS: Partial<Record<ActName, string>> = { handOver: "hand-over", takeOver: "take-over", orderGuard: "guards" };

export function deskActs({ me, stale, acting, chosen, recorded, queue, choose, mode, setMode }: Desk): DeskActs {
  const situation = { me, stale, pending: acting.pending };
  const toTake = chosen !== undefined && chosen.state === "open" && chosen.claimed_by === null ? chosen : firstUntaken(queue);
  const why = Object.fromEntries(DESK_ACTS.map((act) => [act, hindrance(act, act === "claim" ? (toTake ?? chosen) : chosen, situation)])) as DeskActs["why"];
  const post = (name: ActName, alarm: AlarmView, path: string, body: object): void => {
    choose(alarm.id);
    void acting.send({ name, subject: alarm.id, path, body, base: recorded(alarm.id) ?? null }).then((done) => done && setMode(closing(mode, NOTHING)));
  };
  const send = (act: DeskAct, name: ActName, body: object, where: string = PATHS[name] ?? name): void => {
    if (why[act] === null && chosen !== undefined) post(name, chosen, `/api/alarms/${encodeURIComponent(chosen.id)}/${where}`, body);
  };
  /** A form stays with the alarm on which it was opened, also when a more urgent one comes on top. */
  const openOn = (form: Form): void => {
    if (chosen === undefined) return;
    choose(chosen.id);
    setMode(opening(form, chosen.id));
  };
  const sendEscalation = (rule: ReportAtOnceRule | null, mark: Mark = "actual"): void => send("escalate", "escalate", { ...(rule === null ? {} : { rule }), ...(mark === "actual" ? {} : { mark }) });
  return {
    why,
    toTake: toTake?.id ?? null,
    sendEscalation,
    mayDrill: situation.me.roles.includes("shift_supervisor"),
    claim: () => why.claim === null && toTake !== undefined && post("claim", toTake, `/api/alarms/${encodeURIComponent(toTake.id)}/claim`, {}),
    open: (act) => why[act] === null && openOn(act),
    escalate: () => {
      if (why.escalate !== null || chosen === undefined) return;
      if (chosen.class === "duress") sendEscalation("duress");
      else openOn(needsRule(chosen) ? "rule" : "escalate");
    },
    sendVerification: (verification) => send("verify", "verify", verification),
    sendClose: (reason) => send("close", "close", { reason }),
    sendNote: (note) => send("note", "note", { note }),
    sendTakeOver: (reason) => send("takeOver", "takeOver", { reason }),
    sendGivingUp: (to) => (to === null ? send("giveUp", "release", {}) : send("giveUp", "handOver", { to })),
    sendGuard: (told) => {
      const guards = (guard: string): string => `guards/${encodeURIComponent(guard)}`;
      if (told.kind === "order") send("guard", "orderGuard", { unit: told.unit });
      else if (told.kind === "step") send("guard", "guardStep", { step: told.step }, `${guards(told.guard)}/step`);
      else send("guard", "guardResult", { finding: told.finding, note: told.note }, `${guards(told.guard)}/result`);
    },
    anotherGuard: chosen !== undefined && maySendAnother(chosen, situation),
    sendAdoption: (adoption) => {
      if (why.adopt === null && chosen !== undefined) post("adopt", chosen, `/api/registry/sites/${encodeURIComponent(chosen.site)}/adopt`, adoption);
    },
  };
}
