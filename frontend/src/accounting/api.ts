// What became of every signal, as the desk tells it: by day, by minute, by line, down to the signals.

import { asked } from "../api.ts";

/** received = recorded + refused + under_way + missing; recorded = surfaced + logged + suppressed + retransmit. */
export interface Counts {
  received: number;
  recorded: number;
  refused: number;
  under_way: number;
  missing: number;
  only_recorded: number;
  surfaced: number;
  logged: number;
  suppressed: number;
  retransmit: number;
  reasons: Readonly<Record<string, number>>;
}

export interface Total {
  key: string;
  counts: Counts;
  site: string | null;
  site_name: string;
}

export interface Told {
  items: readonly Total[];
  total: Counts;
  judged_until: number;
  next: number | null;
}

export interface SignalSeen {
  run: string;
  counter: number;
  received_at: number;
  outcome: "surfaced" | "logged" | "suppressed" | "retransmit";
  reason: string;
  code: string;
  qualifier: string;
  area: string;
  zone: string;
  sequence: string | null;
  alarm: string | null;
  partition: number;
  offset: number;
}

export function level(name: "days" | "minutes" | "lines", query: Readonly<Record<string, string>>): Promise<Told> {
  return asked<Told>(`/api/accounting/${name}?${new URLSearchParams(query)}`);
}

export async function signals(line: string, minute: string): Promise<readonly SignalSeen[]> {
  return (await asked<{ items: readonly SignalSeen[] }>(`/api/accounting/signals?${new URLSearchParams({ line, minute })}`)).items;
}
