// Written by `python -m services.contracts.schema` from services/contracts. Do not edit.

export const AlarmClassWords = ["duress", "panic", "fire", "medical", "burglary", "tamper", "wrong_code", "shutdown", "programming", "bypass", "power", "comms", "trouble", "unknown_code", "malformed", "raw", "system"] as const;
export type AlarmClass = (typeof AlarmClassWords)[number];

export const OutcomeWords = ["surfaced", "logged", "retransmit"] as const;
export type Outcome = (typeof OutcomeWords)[number];

export const VerificationResultWords = ["confirmed", "false_alarm", "undetermined"] as const;
export type VerificationResult = (typeof VerificationResultWords)[number];

export const EvidenceKindWords = ["call", "guard", "video", "audio", "zones", "other"] as const;
export type EvidenceKind = (typeof EvidenceKindWords)[number];

export const ReportAtOnceRuleWords = ["hold_up_unreachable", "two_zones_or_principles", "guard_confirmed", "video_suspicious_person", "duress"] as const;
export type ReportAtOnceRule = (typeof ReportAtOnceRuleWords)[number];

export const FilingStateWords = ["none", "submitted", "filed", "changed", "withdrawn", "not_required_here"] as const;
export type FilingState = (typeof FilingStateWords)[number];

export const SiteClassWords = ["key_unit", "public_area", "other"] as const;
export type SiteClass = (typeof SiteClassWords)[number];

export const QualifierWords = ["new", "restore", "status"] as const;
export type Qualifier = (typeof QualifierWords)[number];

export const AlarmStateWords = ["open", "closed"] as const;
export type AlarmState = (typeof AlarmStateWords)[number];

/** It happened; the events say what. */
export interface Accepted {
  type: "accepted";
}

/** Who acts, as the gateway read it from identity in the same request. Ids only: no personal data. */
export interface Actor {
  id: string;
  roles: readonly (string)[];
  provider: string | null;
  bureau: string | null;
}

/** The state forgets the alarm, 7 days after it was closed. The record keeps it for ever. */
export interface AlarmArchived {
  type: "alarm.archived.v1";
  alarm: string;
}

/** One decision changed this alarm. Newest whole view; `command`: id of the command decided, if one. */
export interface AlarmChanged {
  type: "feed.alarm_changed.v1";
  partition: number;
  offset: number;
  log_id: string;
  alarm: AlarmView;
  command: string | null;
}

/** The alarm is this operator's. */
export interface AlarmClaimed {
  type: "alarm.claimed.v1";
  alarm: string;
  by: Actor;
}

/** Closed by a person with a reason. */
export interface AlarmClosed {
  type: "alarm.closed.v1";
  alarm: string;
  by: Actor;
  reason: Sealed;
}

/** Reported to the police. `escalation` is minted here: uuid5(log, partition, source, index, target). */
export interface AlarmEscalated {
  type: "alarm.escalated.v1";
  alarm: string;
  escalation: string;
  bureau: string | null;
  by: Actor;
  rule: ReportAtOnceRule | null;
}

/** An alarm for a person. Site, provider and filing are as known at this point of the record. */
export interface AlarmRaised {
  type: "alarm.raised.v1";
  alarm: string;
  number: string;
  subject: string;
  site_known: boolean;
  account_space: string;
  account: string;
  class: AlarmClass;
  priority: number;
  code: string;
  area: string;
  zone: string;
  received_at: number;
  panel_time: number | null;
  possibly_repeated: boolean;
  site_class: SiteClass | null;
  division: string | null;
  bureau: string | null;
  provider: string | null;
  filing: Filing | null;
  claim_due: number;
}

/** A verification was recorded; the newest one counts. */
export interface AlarmVerified {
  type: "alarm.verified.v1";
  alarm: string;
  by: Actor;
  result: VerificationResult;
  evidence: readonly (Evidence)[];
}

/** An alarm as the desk shows it. `partition` and `offset`: where its newest decision lies. */
export interface AlarmView {
  id: string;
  number: string;
  partition: number;
  offset: number;
  state: AlarmState;
  account: string;
  account_space: string;
  site: string;
  site_known: boolean;
  site_name: string;
  site_class: SiteClass | null;
  division: string | null;
  bureau: string | null;
  lon: number | null;
  lat: number | null;
  provider: string | null;
  provider_name: string;
  filing: Filing | null;
  code: string;
  area: string;
  zone: string;
  class: AlarmClass;
  priority: number;
  raised_at: number;
  received_at: number;
  panel_time: number | null;
  possibly_repeated: boolean;
  claim_due: number;
  claim_overdue: boolean;
  claimed_by: string | null;
  claimed_at: number | null;
  verification: VerificationView | null;
  tracks: Tracks;
  escalation: string | null;
  escalated_at: number | null;
  police_incident_no: string | null;
  closed_by: string | null;
  closed_at: number | null;
}

/** It had happened before; nothing follows. */
export interface Already {
  type: "already";
}

/** Every second, whatever happens: the screen is alive. `behind_ms`: the partition furthest behind. */
export interface Beat {
  type: "feed.beat.v1";
  at: number;
  behind_ms: number;
  last_signal_at: number | null;
  positions: readonly (PartitionPosition)[];
}

/** Nobody took the alarm in time; said once. */
export interface ClaimFellDue {
  type: "alarm.claim_fell_due.v1";
  alarm: string;
}

/** A deadline that could not be judged; it is dropped and a supervisor is told. */
export interface DeadlineFailed {
  type: "deadline.failed.v1";
  alarm: string;
  subject: string;
  kind: string;
  error: string;
}

/** One decision changed this escalation. */
export interface EscalationChanged {
  type: "feed.escalation_changed.v1";
  partition: number;
  offset: number;
  log_id: string;
  escalation: EscalationView;
}

/** The police took note. */
export interface EscalationSignedFor {
  type: "escalation.signed_for.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  police_incident_no: string | null;
}

/** A report to the police, as its list shows it. Never a filing: nothing legal reaches the dispatcher. */
export interface EscalationView {
  id: string;
  alarm: string;
  number: string;
  bureau: string | null;
  account: string;
  site: string;
  site_name: string;
  code: string;
  class: AlarmClass;
  zone: string;
  lon: number | null;
  lat: number | null;
  division: string | null;
  provider_name: string;
  escalated_at: number;
  escalated_by: string;
  received_at: number;
  verification: VerificationView | null;
  rule: string | null;
  state: "sent" | "signed_for";
  signed_for_at: number | null;
  signed_for_by: string | null;
  police_incident_no: string | null;
}

/** What a verification stands on. */
export interface Evidence {
  kind: EvidenceKind;
  note: Sealed | null;
}

/** Evidence with its note in clear, for those who may read it. */
export interface EvidenceView {
  kind: EvidenceKind;
  note: string;
}

/** A provider's filing (备案) with one authority. It has no expiry and cannot be suspended (LN-2015:16). */
export interface Filing {
  authority: string;
  state: FilingState;
  since: string | null;
}

/** An account by which panels name the site. */
export interface Line {
  account_space: string;
  account: string;
}

/** Genesis, at offset 0 of every partition: names the log. */
export interface LogBegun {
  type: "log.begun.v1";
  log_id: string;
  partition: number;
  partitions: number;
}

/** How far this feed has read a partition; `log_id` names the log the offset belongs to. */
export interface PartitionPosition {
  partition: number;
  log_id: string;
  offset: number;
  decided_at: number;
}

/** A provider as decisions need it; its name stays in PostgreSQL. */
export interface ProviderEntry {
  id: string;
  filings: readonly (Filing)[];
}

/** Event: from this point of the record the provider is known so. */
export interface ProviderNoted {
  type: "directory.provider_noted.v1";
  position: number;
  provider: ProviderEntry;
}

/** It may not happen: a stable reason and what a person needs to know. */
export interface Refused {
  type: "refused";
  reason: string;
  params: Record<string, string>;
}

/** Free text under a key of its subject; erasing the key erases the text, and every proof still verifies. `box` is nonce (12 bytes) + AES-256-GCM ciphertext; `key` names the key. Deciders never read it. */
export interface Sealed {
  key: string;
  box: string;
}

/** Names one signal for ever: made before the first attempt to append it (design, "Duplicates and spool"). `run` is the receiver's run (uuid7), `line` the account line, `counter` counts within (run, line) from 1. */
export interface SignalId {
  run: string;
  line: string;
  counter: number;
}

/** What a signal came to. The first event of every decision about a signal (accounting, glossary). `reason` says why it was logged ("arm_disarm", "test", "restore", "status") or surfaced raw. */
export interface SignalRecorded {
  type: "signal.recorded.v1";
  signal: SignalId;
  outcome: Outcome;
  reason: string;
  sequence: string | null;
  code: string;
  qualifier: Qualifier;
  area: string;
  zone: string;
  panel_time: number | null;
  received_at: number;
}

/** A site as decisions need it; names, people and addresses stay in PostgreSQL. Division: GB/T 2260. */
export interface SiteEntry {
  id: string;
  provider: string;
  site_class: SiteClass;
  division: string;
  bureau: string;
  lines: readonly (Line)[];
}

/** Event: from this point of the record the site is known so. */
export interface SiteNoted {
  type: "directory.site_noted.v1";
  position: number;
  site: SiteEntry;
}

/** Everything open that this person may see. First frame, and again after a lost connection. */
export interface Snapshot {
  type: "feed.snapshot.v1";
  alarms: readonly (AlarmView)[];
  escalations: readonly (EscalationView)[];
  positions: readonly (PartitionPosition)[];
  at: number;
}

/** The parallel tracks. Guard response and subscriber contact are not recorded by this version. */
export interface Tracks {
  verification: "confirmed" | "false_alarm" | "undetermined" | "waiting";
  escalation: "none" | "sent" | "signed_for";
}

/** The newest verification. `at`: UTC microseconds. */
export interface VerificationView {
  result: VerificationResult;
  by: string;
  at: number;
  evidence: readonly (EvidenceView)[];
}

export type FeedFrame = Snapshot | AlarmChanged | EscalationChanged | Beat;

export type Event = LogBegun | SignalRecorded | AlarmRaised | ClaimFellDue | AlarmClaimed | AlarmVerified | AlarmEscalated | EscalationSignedFor | AlarmClosed | AlarmArchived | DeadlineFailed | SiteNoted | ProviderNoted;

export type Answer = Accepted | Already | Refused;
