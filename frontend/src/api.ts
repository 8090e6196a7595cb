import type { AlarmView, AlarmWhy, Answer, EscalationView, Role, SiteClass } from "./generated/contracts.ts";
import { language } from "./words/i18n.ts";

export interface Me {
  id: string;
  username: string;
  display_name: string;
  roles: readonly Role[];
  provider: string | null;
  bureau: string | null;
  feed: string;
}

export interface Page<Item> {
  items: readonly Item[];
  next: string | null;
}

/** One event of the record as the API shows it: notes are in clear for those who may read them. */
export interface RecordedEvent {
  partition: number;
  offset: number;
  time: number;
  type: string;
  event: Readonly<Record<string, unknown>>;
  answer: unknown;
  by?: string | null;
}

export type AlarmWithEvents = AlarmView & { events: readonly RecordedEvent[] };

/** RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  what_to_do?: string;
  params?: Readonly<Record<string, string>>;
}

/** `answer` is missing while the command is not decided; what needs no decision has no `ticket`. */
export interface Ticket {
  ticket?: string;
  answer?: Answer;
}

/** Somebody's name by id; the roles where the server tells them. */
export interface Named {
  id: string;
  display_name: string;
  roles?: readonly Role[];
}

export interface Choice {
  id: string;
  name: string;
}

export interface SiteChoice {
  id: string;
  name: string;
  division?: string | null;
}

/** What a shell site is adopted as: registered anew, or as another line of a site that is there. */
export type Adoption =
  | { name: string; provider: string; site_class: SiteClass; division: string; bureau: string; lon?: number; lat?: number; account_space: string; account: string }
  | { into: string; account_space: string; account: string };

/** How far the record had come, in one partition, at the instant asked for. */
export interface PastPosition {
  partition: number;
  log_id: string;
  offset: number;
  head: string;
  time: number;
}

/** The picture at an instant, recomputed from the record. */
export interface Past {
  at: number;
  positions: readonly PastPosition[];
  alarms: readonly AlarmView[];
  escalations: readonly EscalationView[];
  hash: string;
}

/** One event of the record with its place, its digest and the digest of the record before it. */
export interface PastRecord extends RecordedEvent {
  prev: string;
  digest: string;
}

export interface PastAlarm {
  alarm: AlarmView | null;
  records: readonly PastRecord[];
}

/** The server said no, with a problem document. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(readonly problem: Problem) {
    super(problem.title);
  }
}

/** No answer came: the server is not there, or what came was no answer of ours. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

const PATIENCE_MS = 8000; // the gateway itself answers within 5 s
const PATIENCE_WITH_HISTORY_MS = 60_000; // the record is read again from its beginning
const PATIENCE_WITH_EXPORT_MS = 300_000;

async function ask(method: string, path: string, body?: object, headers?: Record<string, string>, patience = PATIENCE_MS): Promise<Response> {
  const request: RequestInit = {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", "accept-language": language(), ...headers },
    signal: AbortSignal.timeout(patience),
  };
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { ...request.headers, "content-type": "application/json" };
  }
  try {
    return await fetch(path, request);
  } catch (cause) {
    throw new Unreachable(String(cause));
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback = { type: "about:blank", title: `HTTP ${response.status}`, status: response.status };
  try {
    return { ...fallback, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return fallback; // a proxy's page, not ours: the status is all there is
  }
}

async function json<Body>(response: Response): Promise<Body> {
  if (!response.ok) throw new Refusal(await problemOf(response));
  try {
    return (await response.json()) as Body;
  } catch (cause) {
    throw new Unreachable(String(cause));
  }
}

/** What a GET answers. */
export async function asked<Body>(path: string): Promise<Body> {
  return json<Body>(await ask("GET", path));
}

export async function signIn(username: string, password: string): Promise<Me> {
  return json<Me>(await ask("POST", "/api/session", { username, password }));
}

/** Somebody whose password was given to them puts one of their own in its place. */
export async function choosePassword(username: string, old: string, fresh: string): Promise<void> {
  const answer = await ask("PUT", "/api/session/password", { username, old, new: fresh });
  if (!answer.ok) throw new Refusal(await problemOf(answer));
}

export async function signOut(): Promise<void> {
  await ask("DELETE", "/api/session");
}

/** Who I am; null for a stranger. */
export async function whoAmI(): Promise<Me | null> {
  const response = await ask("GET", "/api/me");
  return response.status === 401 ? null : json<Me>(response);
}

export async function people(): Promise<readonly Named[]> {
  return (await json<{ items: readonly Named[] }>(await ask("GET", "/api/people"))).items;
}

/** By account, alarm number or site name, within what this person may see. */
export async function search(words: string): Promise<readonly AlarmView[]> {
  return (await json<Page<AlarmView>>(await ask("GET", `/api/search?${new URLSearchParams({ q: words })}`))).items;
}

export async function providers(): Promise<readonly Choice[]> {
  return (await json<{ items: readonly Choice[] }>(await ask("GET", "/api/registry/providers"))).items;
}

export async function bureaus(): Promise<readonly Choice[]> {
  return (await json<{ items: readonly Choice[] }>(await ask("GET", "/api/registry/bureaus"))).items;
}

export async function sites(words: string): Promise<readonly SiteChoice[]> {
  return (await json<{ items: readonly SiteChoice[] }>(await ask("GET", `/api/registry/sites?${new URLSearchParams({ q: words })}`))).items;
}

/** `at`: UTC microseconds. */
export async function past(at: number, alarm: string | null): Promise<Past> {
  const asked = new URLSearchParams({ at: String(at) });
  if (alarm === null) asked.set("state", "open");
  else asked.set("alarm", alarm);
  return json<Past>(await ask("GET", `/api/history?${asked}`, undefined, undefined, PATIENCE_WITH_HISTORY_MS));
}

/** A record that brought no event (a refusal, a repetition) has an empty one here. */
export async function pastAlarm(id: string): Promise<PastAlarm> {
  const told = await json<{ alarm: AlarmView | null; records: readonly (Omit<PastRecord, "event"> & { event: PastRecord["event"] | null })[] }>(await ask("GET", `/api/history/alarms/${encodeURIComponent(id)}`, undefined, undefined, PATIENCE_WITH_HISTORY_MS));
  return { alarm: told.alarm, records: told.records.map((one) => ({ ...one, event: one.event ?? {} })) };
}

/** How much of a file has come, in bytes; `of`: 0 while nobody knows. */
export type Progress = (done: number, of: number) => void;

/** Where one alarm or interruption is exported, or a stretch of the record (UTC microseconds, both included). */
export function exportOf(what: { kind: "alarms" | "interruptions"; id: string } | { from: number; to: number }): string {
  if ("id" in what) return `/api/${what.kind}/${encodeURIComponent(what.id)}/export`;
  return `/api/history/export?${new URLSearchParams({ from: String(what.from), to: String(what.to) })}`;
}

/** The export file and the name that the server gave it. */
export async function exported(path: string, progress: Progress): Promise<{ name: string; file: Blob }> {
  const response = await ask("GET", path, undefined, { accept: "*/*" }, PATIENCE_WITH_EXPORT_MS);
  if (!response.ok) throw new Refusal(await problemOf(response));
  const named = /filename="?([^";]+)"?/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  return { name: named ?? "jiejing-export", file: await collected(response, progress) };
}

async function collected(response: Response, progress: Progress): Promise<Blob> {
  const of = Number(response.headers.get("content-length") ?? 0);
  const reader = response.body?.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) break;
    parts.push(value);
    progress((done += value.length), of);
  }
  if (of > 0 && done < of) throw new Unreachable(`${done} of ${of} bytes came`);
  return new Blob(parts, { type: "application/zip" });
}

export async function alarms(query: { state: string; account: string; after: string }): Promise<Page<AlarmView>> {
  const asked = new URLSearchParams({ state: query.state, limit: "100" });
  if (query.account !== "") asked.set("account", query.account);
  if (query.after !== "") asked.set("after", query.after);
  return json<Page<AlarmView>>(await ask("GET", `/api/alarms?${asked}`));
}

export async function alarm(id: string): Promise<AlarmWithEvents> {
  return json<AlarmWithEvents>(await ask("GET", `/api/alarms/${encodeURIComponent(id)}`));
}

export async function alarmWhy(id: string): Promise<AlarmWhy> {
  return json<AlarmWhy>(await ask("GET", `/api/alarms/${encodeURIComponent(id)}/why`));
}

export async function escalations(): Promise<Page<EscalationView>> {
  return json<Page<EscalationView>>(await ask("GET", "/api/escalations?limit=100"));
}

/** Send an act. The same `id` may be sent again: it is carried out once. */
export async function act(path: string, body: object, id: string): Promise<Ticket> {
  return json<Ticket>(await ask("POST", path, body, { "idempotency-key": id }));
}

/** What stands at an address. */
export async function read<Body>(path: string, asked: Readonly<Record<string, string>> = {}): Promise<Body> {
  const words = new URLSearchParams(Object.entries(asked).filter(([, word]) => word !== ""));
  return json<Body>(await ask("GET", words.size === 0 ? path : `${path}?${words}`, undefined, undefined, PATIENCE_WITH_HISTORY_MS));
}

/** Change what stands at an address. The same `id` may be sent again: it is done once. */
export async function change<Body>(method: "POST" | "PUT", path: string, body: object, id: string): Promise<Body> {
  return json<Body>(await ask(method, path, body, { "idempotency-key": id }));
}

export async function ticket(path: string): Promise<Ticket> {
  return json<Ticket>(await ask("GET", path));
}
