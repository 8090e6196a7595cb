// What is open on the desk: a form, with the alarm on which it was opened.

import type { AlarmView } from "../generated/contracts.ts";

export type Form = "guard" | "verify" | "escalate" | "rule" | "close" | "giveUp" | "takeOver" | "note" | "adopt";
export type Mode = { form: "none"; on: null } | { form: Form; on: string };

export const NOTHING: Mode = { form: "none", on: null };

/** Whether what is typed can still be sent: an account is registered also after its alarm, everything else is of an open one. */
export function isOver(form: Mode["form"], alarm: AlarmView): boolean {
  return form !== "none" && form !== "adopt" && alarm.state === "closed";
}

/** A form that is open already stays the one it is. */
export const opening =
  (form: Form, on: string) =>
  (now: Mode): Mode =>
    now.form === form && now.on === on ? now : { form, on };

interface Sight {
  mode: Mode;
  wanted: string | null;
  alarms: ReadonlyMap<string, AlarmView>;
  queue: readonly AlarmView[];
  /** What was worked on until now. */
  last: AlarmView | undefined;
}

/** A form stays with its alarm. Where a fresh snapshot no longer has that one, it stands as it was seen last, and closed: nothing that is typed goes to another. */
export function workedOn({ mode, wanted, alarms, queue, last }: Sight): AlarmView | undefined {
  if (mode.on !== null) return alarms.get(mode.on) ?? (last?.id === mode.on ? { ...last, state: "closed" } : undefined);
  return (wanted === null ? undefined : alarms.get(wanted)) ?? queue[0];
}
