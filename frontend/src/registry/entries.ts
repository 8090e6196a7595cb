// The register as its API tells it.

import { read, type Page } from "../api.ts";
import type { FilingState, SiteClass } from "../generated/contracts.ts";

export const KINDS = ["sites", "providers", "bureaus"] as const;
export type Kind = (typeof KINDS)[number];

export interface Filing {
  authority: string;
  state: FilingState;
  since: string | null;
  reference: string | null;
  division: string | null;
}

export interface Provider {
  id: string;
  key: string;
  name: string;
  filings: readonly Filing[];
  version: number;
}

export interface Line {
  account_space: string;
  account: string;
  interval_s: number | null;
  delay_s: number;
  keyed: boolean;
}

export const SERVICES = ["design", "installation", "maintenance", "alarm_operation"] as const;
export type Service = (typeof SERVICES)[number];

export interface Contract {
  id: string;
  number: string;
  services: readonly Service[];
  begins: string;
  ends: string | null;
}

export interface Site {
  id: string;
  key: string;
  name: string;
  provider: string;
  provider_name: string;
  site_class: SiteClass;
  division: string;
  bureau: string;
  lon: number | null;
  lat: number | null;
  lines: readonly Line[];
  contracts: readonly Contract[];
  people_count: number;
  version: number;
}

export interface Person {
  id: string;
  name?: string;
  phone?: string;
  when?: string;
  erased?: boolean;
}

/** What is sealed: shown when it is asked for, and each look is written down. */
export interface Private {
  people: readonly Person[];
  contracts: readonly { id: string; subscriber?: string; responsibility?: string; erased?: boolean }[];
}

export interface Bureau {
  id: string;
  name: string;
  divisions: readonly string[];
  version: number;
}

export interface Step {
  version: number;
  position: number;
  at_us: number;
  by: string;
  type: string;
  changes: readonly { field: string; before: string; after: string }[];
}

/** As much as a list shows of any entry. */
export interface Listed {
  id: string;
  name: string;
  provider_name?: string;
  division?: string;
  lines?: readonly { account: string }[];
  filings?: readonly Filing[];
  divisions?: readonly string[];
}

export interface Saved {
  id: string;
  version: number;
  position: number;
}

/** `at`: UTC microseconds, empty for now. */
export async function list(kind: Kind, asked: { q: string; at: string; after: string; provider?: string }): Promise<Page<Listed>> {
  return read<Page<Listed>>(`/api/registry/${kind}`, { ...asked, limit: kind === "bureaus" ? "" : "100" });
}

export async function entry<Entry>(kind: Kind, id: string, at: string): Promise<Entry> {
  return read<Entry>(addressOf(kind, id), { at });
}

export async function history(kind: Kind, id: string): Promise<readonly Step[]> {
  return (await read<Page<Step>>(`${addressOf(kind, id)}/history`)).items;
}

export async function people(id: string, at: string): Promise<Private> {
  return read<Private>(`${addressOf("sites", id)}/people`, { at });
}

export async function bureausOf(division: string): Promise<readonly Listed[]> {
  return (await read<Page<Listed>>("/api/registry/bureaus", { division })).items;
}

export function addressOf(kind: Kind, id: string): string {
  return `/api/registry/${kind}/${encodeURIComponent(id)}`;
}
