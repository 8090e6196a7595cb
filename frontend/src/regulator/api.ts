// What the regulator's pages ask for: the register as it is and was, and the alarms of a time, a site or a provider.

import { asked, type Page } from "../api.ts";
import type { AlarmView, Filing, InterruptionView, SiteClass } from "../generated/contracts.ts";

export interface Line {
  account_space: string;
  account: string;
}

export interface SiteRow {
  id: string;
  name: string;
  site_class: SiteClass;
  division: string;
  bureau: string;
  provider: string;
  provider_name: string;
  lines: readonly Line[];
}

export interface ProviderRow {
  id: string;
  name: string;
  filings: readonly Filing[];
}

/** One change of an entry, newest first in a history. */
export interface Step {
  version: number;
  position: number;
  at_us: number;
  by: string;
  type: string;
  changes: readonly { field: string; before: string; after: string }[];
}

/** Days as they were typed, "" where none was. */
export interface Asked {
  q: string;
  from: string;
  to: string;
}

export interface Found {
  alarms: readonly AlarmView[];
  sites: readonly SiteRow[];
  providers: readonly ProviderRow[];
}

const MOST = 100;
const DAY_US = 86_400_000_000;

/** The first microsecond of a day in Asia/Shanghai; null: it is no day. */
export function dayStart(day: string): number | null {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00+08:00`) : Number.NaN;
  return Number.isNaN(ms) ? null : ms * 1000;
}

export function within({ from, to }: Pick<Asked, "from" | "to">): Record<string, string> {
  const [begin, last] = [dayStart(from), dayStart(to)];
  return { ...(begin === null ? {} : { from: String(begin) }), ...(last === null ? {} : { to: String(last + DAY_US - 1) }) };
}

/** Alarms by number, account, site or provider; sites and providers by name or account. */
export async function found(query: Asked): Promise<Found> {
  const words = { q: query.q, limit: String(MOST) };
  const [alarms, sites, providers] = await Promise.all([
    asked<Page<AlarmView>>(`/api/search?${new URLSearchParams({ q: query.q, ...within(query) })}`),
    query.q === "" ? { items: [] } : asked<Page<SiteRow>>(`/api/registry/sites?${new URLSearchParams(words)}`),
    query.q === "" ? { items: [] } : asked<Page<ProviderRow>>(`/api/registry/providers?${new URLSearchParams(words)}`),
  ]);
  return { alarms: alarms.items, sites: sites.items, providers: providers.items };
}

export function site(id: string): Promise<SiteRow> {
  return asked<SiteRow>(`/api/registry/sites/${encodeURIComponent(id)}`);
}

export function provider(id: string): Promise<ProviderRow> {
  return asked<ProviderRow>(`/api/registry/providers/${encodeURIComponent(id)}`);
}

export async function steps(kind: "sites" | "providers", id: string): Promise<readonly Step[]> {
  return (await asked<Page<Step>>(`/api/registry/${kind}/${encodeURIComponent(id)}/history`)).items;
}

export async function sitesOf(id: string): Promise<readonly SiteRow[]> {
  return (await asked<Page<SiteRow>>(`/api/registry/sites?${new URLSearchParams({ provider: id, limit: "500" })}`)).items;
}

/** Of a site; with `at` (UTC microseconds) as they were at that instant. */
export async function interruptionsOf(id: string, at: number | null = null): Promise<readonly InterruptionView[]> {
  const words = { site: id, limit: "500", ...(at === null ? {} : { at: String(at) }) };
  return (await asked<Page<InterruptionView>>(`/api/interruptions?${new URLSearchParams(words)}`)).items;
}

export async function alarmsOf(kind: "site" | "provider", id: string): Promise<readonly AlarmView[]> {
  return (await asked<Page<AlarmView>>(`/api/alarms?${new URLSearchParams({ [kind]: id, limit: "500" })}`)).items;
}
