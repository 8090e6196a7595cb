// What these pages ask the server.

import { asked, type Page, type RecordedEvent } from "../api.ts";
import type { Candidate, FactClass, Finding, InterruptionView, SiteClass, WindowKind, WindowView } from "../generated/contracts.ts";

/** A clause that names such facts, and other classes of site. */
export interface PassedOver {
  pack: string;
  article: string;
  clause: string;
  classes: readonly SiteClass[];
}

export type InterruptionDetail = InterruptionView & { passed_over: readonly PassedOver[]; windows: readonly WindowView[]; events: readonly RecordedEvent[] };
export type FindingAsked = Finding | "settling" | "";

export interface Clause {
  article: string;
  clause: string;
  quoted: boolean;
  zh: string;
  en: string;
}

export interface Pack {
  id: string;
  version: number;
  zh: string;
  en: string;
  not_loaded: readonly string[];
  clauses: readonly Clause[];
}

export interface Work {
  kind: WindowKind;
  from_us: number;
  until_us: number;
  facts: readonly FactClass[];
  reference: string;
  opinion: string;
  plan: string;
  note: string;
}

export async function interruptions(query: { state: string; kind: FindingAsked; after: string }): Promise<Page<InterruptionView>> {
  const words = new URLSearchParams({ state: query.state, limit: "100" });
  if (query.kind !== "") words.set("kind", query.kind);
  if (query.after !== "") words.set("after", query.after);
  return asked<Page<InterruptionView>>(`/api/interruptions?${words}`);
}

export async function interruption(id: string): Promise<InterruptionDetail> {
  return asked<InterruptionDetail>(`/api/interruptions/${encodeURIComponent(id)}`);
}

export async function windows(after: string): Promise<Page<WindowView>> {
  const words = new URLSearchParams({ limit: "100" });
  if (after !== "") words.set("after", after);
  return asked<Page<WindowView>>(`/api/maintenance-windows?${words}`);
}

export async function law(): Promise<readonly Pack[]> {
  return (await asked<{ items: readonly Pack[] }>("/api/law")).items;
}

type Cited = Pick<Candidate, "pack" | "article" | "clause">;

/** A reference as the law is cited here: `LN-2015:21(2)`. */
export function citation(one: Cited): string {
  return `${one.pack}:${one.article}${one.clause === "" ? "" : `(${one.clause})`}`;
}

export function clauseOf(packs: readonly Pack[], one: Cited): { pack: Pack; clause: Clause } | null {
  const pack = packs.find((each) => each.id === one.pack);
  const clause = pack?.clauses.find((each) => each.article === one.article && each.clause === one.clause);
  return pack === undefined || clause === undefined ? null : { pack, clause };
}

/** `2026-09-18T02:14` as a person types it, in Shanghai, to UTC microseconds. */
export function fromTyped(local: string): number {
  return Date.parse(`${local}:00+08:00`) * 1000;
}

/** The other way, for what a form begins with. */
export function typed(us: number): string {
  return new Date(us / 1000 + 8 * 3_600_000).toISOString().slice(0, 16);
}
