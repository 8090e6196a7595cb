import type { AlarmView, Answer, EscalationView } from "./generated/contracts.ts";
import { language } from "./words/i18n.ts";

export const ROLES = [
  "operator",
  "shift_supervisor",
  "engineer",
  "registrar",
  "provider_manager",
  "police",
  "enforcement_officer",
  "inspector",
  "auditor",
  "administrator",
] as const;
export type Role = (typeof ROLES)[number];

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

export interface Ticket {
  ticket: string;
  answer?: Answer;
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

async function ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Response> {
  const request: RequestInit = {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", "accept-language": language(), ...headers },
    signal: AbortSignal.timeout(PATIENCE_MS),
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

export async function signIn(username: string, password: string): Promise<Me> {
  return json<Me>(await ask("POST", "/api/session", { username, password }));
}

export async function signOut(): Promise<void> {
  await ask("DELETE", "/api/session");
}

/** Who I am; null for a stranger. */
export async function whoAmI(): Promise<Me | null> {
  const response = await ask("GET", "/api/me");
  return response.status === 401 ? null : json<Me>(response);
}

/** Display names by person id. */
export async function people(): Promise<ReadonlyMap<string, string>> {
  const { items } = await json<{ items: readonly { id: string; display_name: string }[] }>(await ask("GET", "/api/people"));
  return new Map(items.map((one) => [one.id, one.display_name]));
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

export async function escalations(): Promise<Page<EscalationView>> {
  return json<Page<EscalationView>>(await ask("GET", "/api/escalations?limit=100"));
}

/** Send an act. The same `id` may be sent again: it is carried out once. */
export async function act(path: string, body: object, id: string): Promise<Ticket> {
  return json<Ticket>(await ask("POST", path, body, { "idempotency-key": id }));
}

export async function ticket(path: string): Promise<Ticket> {
  return json<Ticket>(await ask("GET", path));
}
