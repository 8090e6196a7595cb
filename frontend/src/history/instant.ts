// Instants of the record: written and read as Asia/Shanghai, to the tenth of a second.

import { stamp } from "../time.ts";

const FORM = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/;

/** UTC microseconds of what was typed; null: it is no instant. */
export function parsed(text: string): number | null {
  const [, day, minute, second, part] = FORM.exec(text.trim()) ?? [];
  if (day === undefined || minute === undefined) return null;
  const whole = Date.parse(`${day}T${minute}:${second ?? "00"}+08:00`);
  return Number.isNaN(whole) ? null : whole * 1000 + Number((part ?? "0").padEnd(6, "0"));
}

/** YYYY-MM-DD HH:MM:SS.mmm: history is read to the millisecond. */
export function written(us: number): string {
  return `${stamp(us)}.${millis(us)}`;
}

/** The first microsecond of the instant's day. */
export function dayStart(us: number): number {
  const [day, eight] = [86_400_000_000, 8 * 3_600_000_000];
  return Math.floor((us + eight) / day) * day - eight;
}

/** HH:MM:SS.mmm */
export function clock(us: number): string {
  return written(us).slice(11);
}

/** YYYY-MM-DD */
export function dayOf(us: number): string {
  return written(us).slice(0, 10);
}

function millis(us: number): string {
  return String(Math.floor(us / 1000) % 1000).padStart(3, "0");
}
