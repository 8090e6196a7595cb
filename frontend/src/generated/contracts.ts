// Written by `python -m services.contracts.schema` from services/contracts. Do not edit.

export const AlarmClassWords = ["duress", "panic", "fire", "medical", "burglary", "tamper", "wrong_code", "shutdown", "programming", "bypass", "power", "comms", "trouble", "unknown_code", "malformed", "raw", "system"] as const;
export type AlarmClass = (typeof AlarmClassWords)[number];

export const OutcomeWords = ["surfaced", "logged", "suppressed", "retransmit"] as const;
export type Outcome = (typeof OutcomeWords)[number];

export const VerificationResultWords = ["confirmed", "false_alarm", "undetermined"] as const;
export type VerificationResult = (typeof VerificationResultWords)[number];

export const EvidenceKindWords = ["call", "guard", "video", "audio", "zones", "other", "duress_code"] as const;
export type EvidenceKind = (typeof EvidenceKindWords)[number];

export const EvidenceFindingWords = ["confirmed", "unreachable", "denied", "suspicious_person", "nothing_suspicious"] as const;
export type EvidenceFinding = (typeof EvidenceFindingWords)[number];

export const GuardStepWords = ["accepted", "en_route", "arrived", "searched", "left"] as const;
export type GuardStep = (typeof GuardStepWords)[number];

export const GuardStageWords = ["ordered", "accepted", "en_route", "arrived", "searched", "result", "left"] as const;
export type GuardStage = (typeof GuardStageWords)[number];

export const GuardFindingWords = ["nothing", "signs_of_entry", "person_present", "no_access", "other"] as const;
export type GuardFinding = (typeof GuardFindingWords)[number];

export const ReportAtOnceRuleWords = ["hold_up_unreachable", "two_zones_or_principles", "guard_confirmed", "video_suspicious_person", "duress", "hold_up_confirmed"] as const;
export type ReportAtOnceRule = (typeof ReportAtOnceRuleWords)[number];

export const FilingStateWords = ["none", "submitted", "filed", "changed", "withdrawn", "not_required_here"] as const;
export type FilingState = (typeof FilingStateWords)[number];

export const SiteClassWords = ["key_unit", "public_area", "other"] as const;
export type SiteClass = (typeof SiteClassWords)[number];

export const QualifierWords = ["new", "restore", "status"] as const;
export type Qualifier = (typeof QualifierWords)[number];

export const UserCodeWords = ["121", "126", "313", "400", "401", "402", "403", "404", "405", "406", "407", "408", "409", "411", "412", "413", "414", "415", "421", "422", "424", "425", "429", "430", "431", "435", "436", "441", "442", "443", "444", "450", "451", "452", "453", "454", "455", "456", "457", "458", "459", "462", "463", "464", "466", "574", "604", "607", "625", "642", "652", "653", "655", "913", "914", "915", "916", "920", "921", "928", "929", "BC", "CE", "CF", "CK", "CL", "CP", "CQ", "CR", "DA", "DB", "EE", "JD", "JH", "JK", "JP", "JS", "JT", "JV", "JX", "JY", "JZ", "OC", "OH", "OJ", "OK", "OL", "OP", "OQ", "OR", "OT", "RX"] as const;
export type UserCode = (typeof UserCodeWords)[number];

export const AlarmStateWords = ["open", "closed"] as const;
export type AlarmState = (typeof AlarmStateWords)[number];

export const EscalationStateWords = ["sent", "transferred", "undelivered", "delivered", "reported_by_phone", "returned", "signed_for", "dispatched", "on_scene", "feedback", "duplicate_of", "final"] as const;
export type EscalationState = (typeof EscalationStateWords)[number];

export const DispositionWords = ["valid", "false_alarm", "duplicate", "unfounded"] as const;
export type Disposition = (typeof DispositionWords)[number];

export const MarkWords = ["actual", "exercise", "test"] as const;
export type Mark = (typeof MarkWords)[number];

export const ReturnReasonWords = ["outside_area", "not_police_matter", "unclear", "other"] as const;
export type ReturnReason = (typeof ReturnReasonWords)[number];

export const RoleWords = ["operator", "shift_supervisor", "engineer", "registrar", "provider_manager", "police", "enforcement_officer", "inspector", "auditor", "administrator"] as const;
export type Role = (typeof RoleWords)[number];

export const RuleIdWords = ["alarm.class", "alarm.occurrence", "alarm.priority", "alarm.claim_clock", "alarm.archive", "command.answer", "guard.stands_off", "verification.evidence", "duress.no_call", "escalation.verified", "escalation.receipt_clock", "report_at_once.hold_up_confirmed", "report_at_once.hold_up_unreachable", "report_at_once.two_zones_or_principles", "report_at_once.guard_confirmed", "report_at_once.video_suspicious_person", "report_at_once.duress"] as const;
export type RuleId = (typeof RuleIdWords)[number];

export const FactClassWords = ["silence", "tamper", "power", "comms", "shutdown", "bypass", "programming"] as const;
export type FactClass = (typeof FactClassWords)[number];

export const WindowKindWords = ["maintenance", "work_order", "ordered_test", "municipal_works"] as const;
export type WindowKind = (typeof WindowKindWords)[number];

export const FindingWords = ["covered", "lead", "notice"] as const;
export type Finding = (typeof FindingWords)[number];

export const SystemKindWords = ["intrusion_alarm", "video"] as const;
export type SystemKind = (typeof SystemKindWords)[number];

export const WhyWords = ["window", "article", "class_not_named", "no_local_rules", "site_unknown", "no_article"] as const;
export type Why = (typeof WhyWords)[number];

/** It happened; the events say what. */
export interface Accepted {
  type: "accepted";
}

/** Signals since the receivers started (glossary, "Accounting words"); left from the sockets, right from the record. received = recorded + refused + `under_way`; what is left over is `unaccounted`. */
export interface Accounting {
  received: number;
  recorded: number;
  refused: number;
  under_way: number;
  unaccounted: number;
  surfaced: number;
  logged: number;
  suppressed: number;
  retransmit: number;
}

/** Who acts, as the gateway read it from identity in the same request. Ids only: no personal data. */
export interface Actor {
  id: string;
  roles: readonly (string)[];
  provider: string | null;
  bureau: string | null;
}

/** What the provider added to its report, under an id of its own. */
export interface AdditionView {
  id: string;
  kind: "stand_down_request" | "supplement";
  at: number;
  by: string;
  text: string;
}

/** The shell site of an open alarm was registered, or merged into `site`; what is known of it from here on. */
export interface AlarmAdopted {
  type: "alarm.adopted.v1";
  alarm: string;
  site: string;
  site_class: SiteClass;
  division: string;
  bureau: string;
  provider: string;
  filing: Filing | null;
  registry_position: number;
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
  mark: Mark;
}

/** The alarm is the colleague's now. */
export interface AlarmHandedOver {
  type: "alarm.handed_over.v1";
  alarm: string;
  by: Actor;
  to: string;
}

/** Somebody wrote something down. `undecided`: typed while the partition was stopped. */
export interface AlarmNoted {
  type: "alarm.noted.v1";
  alarm: string;
  by: Actor;
  note: Sealed;
  undecided: boolean;
}

/** A further signal of the same happening: kept as an occurrence of the open alarm. `priority`: the alarm's from here on. `suggests`: a report-at-once rule that the occurrences now meet; since `alarm.report_suggested.v1` says so with what it rests on, null. `heard_before`: when the happening was heard last before this signal; null where it was added to an alarm for want of room, or by an older version. */
export interface AlarmOccurred {
  type: "alarm.occurred.v1";
  alarm: string;
  code: string;
  class: AlarmClass;
  area: string;
  zone: string;
  received_at: number;
  panel_time: number | null;
  possibly_repeated: boolean;
  priority: number;
  suggests: ReportAtOnceRule | null;
  heard_before: number | null;
}

/** An alarm for a person. Site, provider and filing are as known at this point of the record. `registry_position`: the registry's position as known here. `alarm_group` (报警组): one happening at one site; alarms of one happening share it. */
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
  registry_position: number;
  alarm_group: string;
  claim_due: number;
}

/** The alarm is nobody's again. A new claim clock runs until `claim_due`. */
export interface AlarmReleased {
  type: "alarm.released.v1";
  alarm: string;
  by: Actor;
  claim_due: number;
}

/** The panel says that what raised the alarm is over. The alarm stays with its person. */
export interface AlarmRestored {
  type: "alarm.restored.v1";
  alarm: string;
  code: string;
  area: string;
  zone: string;
  received_at: number;
}

/** The log goes on from a copy (`log.resumed`), and the signal came before that. What was done about the alarm behind the copy is lost; a report made from here on may repeat one that the police have. */
export interface AlarmResumed {
  type: "alarm.resumed.v1";
  alarm: string;
}

/** The alarm was taken from the colleague who held it, with a reason. */
export interface AlarmTakenOver {
  type: "alarm.taken_over.v1";
  alarm: string;
  by: Actor;
  held_by: string;
  reason: Sealed;
}

/** A verification was recorded; the newest one counts. */
export interface AlarmVerified {
  type: "alarm.verified.v1";
  alarm: string;
  by: Actor;
  result: VerificationResult;
  evidence: readonly (Evidence)[];
}

/** An alarm as the desk shows it. `partition` and `offset`: where its newest decision lies. `occurrences`: the first and the newest of them, at most `OCCURRENCES_SHOWN`; the record has all. `suggests`: the newest rule of `suggestions`. `guard_due`: until when a guard is to be ordered; null: no class for it. `resumed_at`: a copy of the record was restored; what was done since then, and before that, is lost. */
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
  registry_position: number;
  alarm_group: string;
  code: string;
  area: string;
  zone: string;
  class: AlarmClass;
  priority: number;
  raised_at: number;
  received_at: number;
  panel_time: number | null;
  possibly_repeated: boolean;
  resumed_at?: number;
  occurrences: readonly (OccurrenceView)[];
  occurrence_count: number;
  suggests: ReportAtOnceRule | null;
  suggestions: readonly (SuggestionView)[];
  guard_due: number | null;
  guards: readonly (GuardView)[];
  note_count: number;
  claim_due: number;
  claim_overdue: boolean;
  claimed_by: string | null;
  claimed_at: number | null;
  verification: VerificationView | null;
  tracks: Tracks;
  escalation: string | null;
  escalated_at: number | null;
  escalation_mark: Mark;
  police_incident_no: string | null;
  closed_by: string | null;
  closed_at: number | null;
}

/** All reasons of one alarm, in the order of the record. */
export interface AlarmWhy {
  alarm: string;
  reasons: readonly (Reason)[];
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
  stopped: readonly (StoppedPartition)[];
  accounting: Accounting | null;
}

/** An article that may apply, and the facts that it was chosen by. `clause`: the item, "" for the whole article. */
export interface Candidate {
  pack: string;
  article: string;
  clause: string;
  site_class: SiteClass;
  kind: SystemKind;
  facts: readonly (FactClass)[];
}

/** Take an alarm: from now on it is this operator's. */
export interface ClaimAlarm {
  type: "command.claim_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
}

/** Nobody took the alarm in time; said once. */
export interface ClaimFellDue {
  type: "alarm.claim_fell_due.v1";
  alarm: string;
}

/** The broker's stamps ran ahead of these senders by more than a minute; at the third an alarm says so. */
export interface ClockFaulted {
  type: "clock.faulted.v1";
  senders: readonly (string)[];
}

/** The stamps agree with the senders again. */
export interface ClockTrusted {
  type: "clock.trusted.v1";
}

/** Close with a typed reason. */
export interface CloseAlarm {
  type: "command.close_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  reason: Sealed;
}

/** A command about an alarm that is held, or about its report, and why it was refused. Nothing follows from it. `command`: as it was asked; its texts stay sealed. */
export interface CommandRefused {
  type: "command.refused.v1";
  alarm: string;
  by: Actor;
  reason: string;
  command: ClaimAlarm | VerifyAlarm | EscalateAlarm | CloseAlarm | ReleaseAlarm | HandOverAlarm | TakeOverAlarm | NoteAlarm | OrderGuard | ReportGuard | ReportGuardResult | SignForEscalation | DispatchPolice | ReportOnScene | GiveFeedback | ReturnEscalation | TransferEscalation | NameDuplicate | SupplementEscalation | RequestStandDown | RecordPhoneReport;
}

/** A deadline that could not be judged; it is dropped and a supervisor is told. `alarm`: the id of what it belonged to; `kind` says of which kind that is ("alarm", "interruption", "window"). */
export interface DeadlineFailed {
  type: "deadline.failed.v1";
  alarm: string;
  subject: string;
  kind: string;
  error: string;
}

/** Event: so many decisions of this partition do not follow from what was before them; an alarm of the system follows. Either a decision was not pure, or the record is not what was decided. Fields as in `DecidedOtherwise`. */
export interface DecidedOtherwiseNoted {
  type: "log.decided_otherwise.v1";
  first: number;
  last: number;
  count: number;
  code: string;
  parts: readonly (string)[];
}

/** The police send somebody (派警). `unit`: whom, in their own words. */
export interface DispatchPolice {
  type: "command.police_dispatch.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  unit: string;
}

/** The police go on with it under the number of another incident; this track ends. */
export interface DuplicateNamed {
  type: "escalation.duplicate_named.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  duplicate_of: string;
}

/** Report to the police (FJ-2015:16(3)). With `undetermined` a report-at-once rule is named; under duress never. `mark`: other than actual it is a drill; `to_test`: which goes to the test endpoint and to no bureau. */
export interface EscalateAlarm {
  type: "command.escalate_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  rule: ReportAtOnceRule | null;
  mark: Mark;
  to_test: boolean;
}

/** No receipt came in time: deliver once more, by the same id. `attempt` counts from 1, the first sending. */
export interface EscalationAskedAgain {
  type: "escalation.asked_again.v1";
  alarm: string;
  escalation: string;
  bureau: string | null;
  attempt: number;
  mark: Mark;
}

/** One decision changed this escalation. */
export interface EscalationChanged {
  type: "feed.escalation_changed.v1";
  partition: number;
  offset: number;
  log_id: string;
  escalation: EscalationView;
}

/** What is known of one sending. `refused`: the endpoint will not take it; a person must telephone. `unknown`: no answer, or one that promises nothing. `asked`: learnt by asking for the status, not by sending. */
export interface EscalationDelivered {
  type: "escalation.delivered.v1";
  alarm: string;
  escalation: string;
  attempt: number;
  outcome: "delivered" | "refused" | "unknown";
  endpoint: string;
  detail: string;
  asked: boolean;
}

/** The police gave it back: nobody there works on it until they sign for it anew. */
export interface EscalationReturned {
  type: "escalation.returned.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  reason: ReturnReason;
  text: Sealed | null;
}

/** The police took note. */
export interface EscalationSignedFor {
  type: "escalation.signed_for.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  police_incident_no: string | null;
}

/** Something was added, under an id of its own, and goes out with sending number `attempt`. */
export interface EscalationSupplemented {
  type: "escalation.supplemented.v1";
  alarm: string;
  escalation: string;
  bureau: string | null;
  by: Actor;
  addition: string;
  kind: "stand_down_request" | "supplement";
  text: Sealed;
  attempt: number;
  mark: Mark;
}

/** It is the bureau `to`'s from here on, and sent there as sending number `attempt`. */
export interface EscalationTransferred {
  type: "escalation.transferred.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  bureau: string | null;
  to: string;
  attempt: number;
  mark: Mark;
}

/** A report to the police, as its list shows it. Never a filing: nothing legal reaches the dispatcher. `unsure`: whether the newest sending arrived is not known; `sent_from`: the first sending to this bureau. `possibly_repeated`: a copy of the record was restored, and in what was lost this may have been reported already. */
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
  rule: ReportAtOnceRule | null;
  occurrences: readonly (OccurrenceView)[];
  guards: readonly (GuardView)[];
  state: EscalationState;
  attempt: number;
  delivered_at: number | null;
  delivery_detail: string;
  signed_for_at: number | null;
  signed_for_by: string | null;
  police_incident_no: string | null;
  dispatched_at: number | null;
  unit: string;
  on_scene_at: number | null;
  feedback: readonly (FeedbackView)[];
  mark: Mark;
  possibly_repeated?: boolean;
  unsure: boolean;
  status_asked: boolean;
  sent_from: number;
  returned_at: number | null;
  returned_reason: ReturnReason | null;
  returned_text: string;
  transferred_at: number | null;
  transferred_from: string | null;
  duplicate_of: string | null;
  additions: readonly (AdditionView)[];
  phoned_at: number | null;
  phoned_by: string | null;
  phone_told: string;
}

/** What a verification stands on. `found`: what it came to, in words that rules can read; the note is sealed. */
export interface Evidence {
  kind: EvidenceKind;
  note: Sealed | null;
  found: EvidenceFinding | null;
}

/** Evidence with its note in clear, for those who may read it. */
export interface EvidenceView {
  kind: EvidenceKind;
  note: string;
  found: EvidenceFinding | null;
}

/** One thing that happened. `covered_by`: the window decided before it was received. `afterwards`: windows that name its time and were entered afterwards (补录): they cover nothing. `momentary`: it has no end. */
export interface Fact {
  fact: FactClass;
  code: string;
  area: string;
  zone: string;
  received_at: number;
  panel_time: number | null;
  momentary: boolean;
  covered_by: string | null;
  afterwards: readonly (string)[];
  alarm: string | null;
}

/** A fact as it is shown, with when it was over. */
export interface FactView {
  fact: FactClass;
  code: string;
  area: string;
  zone: string;
  received_at: number;
  panel_time: number | null;
  momentary: boolean;
  covered_by: string | null;
  afterwards: readonly (string)[];
  alarm: string | null;
  restored_at: number | null;
}

/** What the police found (反馈); the final one carries the disposition (处置结果). */
export interface FeedbackGiven {
  type: "escalation.feedback_given.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  text: Sealed;
  disposition: Disposition | null;
  final: boolean;
}

/** What the police found, in clear for those who may read it. */
export interface FeedbackView {
  at: number;
  by: string;
  text: string;
  disposition: Disposition | null;
  final: boolean;
}

/** A provider's filing (备案) with one authority. It has no expiry and cannot be suspended (LN-2015:16). `reference`: the authority's number of the filing, as the provider gave it. `division`: the area (GB/T 2260) for whose sites this authority is competent; None: nobody said. */
export interface Filing {
  authority: string;
  state: FilingState;
  since: string | null;
  reference: string | null;
  division: string | null;
}

/** Genesis of a later generation: the list goes on in new topics (`jiejing generation begin`), under a new name. Its decision lies where the old list ended, and names the decision before it as any other does. `before`: how the log was called until here. `inbox_begins`: the inbox offset of the new inbox's first record; what lies before is read in the old one. `heads`: of every partition of the old generation. `pieces`: how many decisions with a `log.state_carried` follow. `left_out`: how many old records lie behind, where the chain did not hold: they are no part of the list any more. `reason` and `by`: two persons' word. */
export interface GenerationBegun {
  type: "log.generation_begun.v1";
  log_id: string;
  before: string;
  generation: number;
  partition: number;
  partitions: number;
  inbox_begins: number;
  heads: readonly (OldHead)[];
  pieces: number;
  left_out: number;
  reason: string;
  by: readonly (unknown)[];
}

/** What the police found (反馈). May come many times; the one that is `final` carries a disposition. */
export interface GiveFeedback {
  type: "command.feedback.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  text: Sealed;
  disposition: Disposition | null;
  final: boolean;
}

/** What a signal began and none has ended yet. `zone`: without leading zeros, `""` for none (SIA DC-05). */
export interface GoesOn {
  code: string;
  zone: string;
}

/** What a guard found on the site. */
export interface GuardFound {
  type: "guard.found.v1";
  alarm: string;
  guard: string;
  by: Actor;
  finding: GuardFinding;
  note: Sealed | null;
}

/** A guard was sent. `guard` is minted here; `stand_off`: to wait near the site and out of sight. */
export interface GuardOrdered {
  type: "guard.ordered.v1";
  alarm: string;
  guard: string;
  by: Actor;
  unit: Sealed | null;
  stand_off: boolean;
}

/** A guard came so far. */
export interface GuardReported {
  type: "guard.reported.v1";
  alarm: string;
  guard: string;
  by: Actor;
  step: GuardStep;
}

/** One guard sent to the site; texts in clear for those who may read them. Times: UTC microseconds. `stage`: how far; a stage that was skipped has no time. `finding`: the newest result. */
export interface GuardView {
  id: string;
  stage: GuardStage;
  unit: string;
  stand_off: boolean;
  by: string;
  ordered_at: number;
  accepted_at: number | null;
  en_route_at: number | null;
  arrived_at: number | null;
  searched_at: number | null;
  left_at: number | null;
  finding: GuardFinding | null;
  note: string;
  found_at: number | null;
}

/** Give an alarm to a colleague. `to`: a person's id, an operator by the gateway's word. */
export interface HandOverAlarm {
  type: "command.hand_over_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  to: string;
}

/** What is known of the host's clock changed: synchronised or not, good or bad (then an alarm follows). */
export interface HostClockNoted {
  type: "clock.host_noted.v1";
  subject: string;
  is_good: boolean;
  synchronised: boolean;
  offset_us: number;
}

/** The shell site of an interruption was registered, or merged into `site`; what is known of it from here on. */
export interface InterruptionAdopted {
  type: "interruption.adopted.v1";
  interruption: string;
  site: string;
  site_class: SiteClass;
  division: string;
  bureau: string;
  provider: string;
  filing: Filing | null;
  registry_position: number;
}

/** The state forgets the interruption, 7 days after it was over and judged. The record keeps it for ever. */
export interface InterruptionArchived {
  type: "interruption.archived.v1";
  interruption: string;
}

/** A first fact. Site, provider and filing are as known at this point of the record; judged at `settles_at`. */
export interface InterruptionBegan {
  type: "interruption.began.v1";
  interruption: string;
  number: string;
  subject: string;
  fact: Fact;
  settles_at: number;
  site_known: boolean;
  site_class: SiteClass | null;
  division: string | null;
  bureau: string | null;
  provider: string | null;
  filing: Filing | null;
  registry_position: number;
}

/** One fact is over. `over`: nothing of the interruption goes on any more. */
export interface InterruptionRestored {
  type: "interruption.restored.v1";
  interruption: string;
  fact: FactClass;
  code: string;
  area: string;
  zone: string;
  received_at: number;
  over: boolean;
}

/** The judgement after something more became known; the earlier one stays in the record. */
export interface InterruptionRevised {
  type: "interruption.revised.v1";
  interruption: string;
  judgement: Judgement;
}

/** The settling time is over; said once. What goes on under a window is judged when it ended or the window did. */
export interface InterruptionSettled {
  type: "interruption.settled.v1";
  interruption: string;
  judgement: Judgement;
}

/** An interruption as the lists show it. `judged`: the newest judgement; `earlier`: those before it. `facts`: the first and the newest of them, at most 50; the record has all. Times: UTC microseconds. */
export interface InterruptionView {
  id: string;
  number: string;
  partition: number;
  offset: number;
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
  registry_position: number;
  began_at: number;
  received_at: number;
  facts: readonly (FactView)[];
  fact_count: number;
  settles_at: number;
  settled_at: number | null;
  judged: Judgement | null;
  earlier: readonly (Judgement)[];
  restored_at: number | null;
}

/** A further fact of the same interruption, or the same fact said again. */
export interface InterruptionWidened {
  type: "interruption.widened.v1";
  interruption: string;
  fact: Fact;
}

/** What the machine makes of the facts. `packs`: the whole stack that was asked; `windows`: those that cover. */
export interface Judgement {
  finding: Finding;
  why: Why;
  candidates: readonly (Candidate)[];
  packs: readonly (PackRef)[];
  windows: readonly (string)[];
}

/** An account by which panels name the site. `interval_s`: it is heard at least so often, else it falls silent (`liveness.timeout_us`); None: not supervised. `delay_s`: what the way of its signals may add. */
export interface Line {
  account_space: string;
  account: string;
  interval_s: number | null;
  delay_s: number;
}

/** Genesis, at offset 0 of every partition: names the log. */
export interface LogBegun {
  type: "log.begun.v1";
  log_id: string;
  partition: number;
  partitions: number;
}

/** A stopped partition goes on behind these inbox records, by the word of two persons (`jiejing mend`). Its decision's source is the last record skipped. A mismatch of `prev` cannot be mended. */
export interface LogMended {
  type: "log.mended.v1";
  skipped: readonly (Skipped)[];
  reason: string;
  by: readonly (unknown)[];
}

/** The log goes on from a copy (`jiejing restore`) under a new name: what was decided behind the copy is lost. `before`: how the log was called until here. `copied_at`: when the copy was begun, UTC microseconds. `inbox_end`: where the copied inbox ends; what lies below was received before the loss and may have been acted upon. */
export interface LogResumed {
  type: "log.resumed.v1";
  log_id: string;
  before: string;
  copied_at: number;
  inbox_end: number;
}

/** The state forgets the window, 7 days after its end. */
export interface MaintenanceWindowArchived {
  type: "maintenance_window.archived.v1";
  window: string;
}

/** Ended before its time, by a person. */
export interface MaintenanceWindowEnded {
  type: "maintenance_window.ended.v1";
  window: string;
  subject: string;
  by: Actor;
}

/** It covers what is received after this decision, within its times. Never what came before. `afterwards`: interruptions whose time it names and that it does not cover, since it was entered afterwards (补录). */
export interface MaintenanceWindowOpened {
  type: "maintenance_window.opened.v1";
  window: string;
  subject: string;
  by: Actor;
  kind: WindowKind;
  from_us: number;
  until_us: number;
  facts: readonly (FactClass)[];
  reference: string;
  opinion: string;
  plan: string;
  note: Sealed | null;
  site_known: boolean;
  bureau: string | null;
  provider: string | null;
  afterwards: readonly (string)[];
}

/** The police know of it already (重复警情). `duplicate_of`: their police_incident_no of the other one. */
export interface NameDuplicate {
  type: "command.duplicate_of.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  duplicate_of: string;
}

/** Write something down. Anyone who may work on the alarm, whoever holds it. */
export interface NoteAlarm {
  type: "command.note_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  note: Sealed;
}

/** One signal of the happening; the first is the one that raised the alarm. Times: UTC microseconds. */
export interface OccurrenceView {
  code: string;
  class: AlarmClass;
  area: string;
  zone: string;
  received_at: number;
  panel_time: number | null;
  restored_at: number | null;
}

/** Where a partition of the old generation ended: its newest decision that counts, 16 bytes of its SHA-256. */
export interface OldHead {
  partition: number;
  offset: number;
  hash: string;
}

/** Send a guard. An alarm that nobody has taken may be given its first guard by anyone at the desk. */
export interface OrderGuard {
  type: "command.order_guard.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  unit: Sealed | null;
  stand_off: boolean;
}

/** A rule pack as it was read: `digest` is the beginning of its SHA-256, in hex. */
export interface PackRef {
  id: string;
  version: number;
  digest: string;
}

/** How far this feed has read a partition; `log_id` names the log the offset belongs to. */
export interface PartitionPosition {
  partition: number;
  log_id: string;
  offset: number;
  decided_at: number;
}

/** The police sent somebody (派警). */
export interface PoliceDispatched {
  type: "escalation.police_dispatched.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  unit: string;
}

/** The police are on scene (到场). */
export interface PoliceOnScene {
  type: "escalation.on_scene.v1";
  alarm: string;
  escalation: string;
  by: Actor;
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

/** One rule behind one event of the record. `inputs`: what it was judged on, from the record alone. `outcome`: what the record says. `recomputed`: what the rule says now of the same inputs; null where the pack that decided is not here. `holds`: whether both agree. */
export interface Reason {
  partition: number;
  offset: number;
  time: number;
  type: string;
  rule: RuleId;
  pack: PackRef | null;
  articles: readonly (string)[];
  inputs: Record<string, unknown>;
  outcome: string;
  recomputed: string | null;
  holds: boolean | null;
}

/** Event: between `since` and `until` this receiver, or this line, had this trouble; an alarm of the system follows. */
export interface ReceiverTroubleNoted {
  type: "receiver.trouble_noted.v1";
  subject: string;
  trouble: "not_kept" | "panel_clock" | "spool_damaged";
  since: number;
  until: number;
  count: number;
  account_space: string;
  account: string;
}

/** A person has reported it by telephone. `told`: to whom; `spoken_at`: when, UTC microseconds. */
export interface RecordPhoneReport {
  type: "command.record_phone_report.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  told: Sealed;
  spoken_at: number;
  police_incident_no: string | null;
}

/** It may not happen: a stable reason and what a person needs to know. */
export interface Refused {
  type: "refused";
  reason: string;
  params: Record<string, string>;
}

/** Give an alarm back to the queue. */
export interface ReleaseAlarm {
  type: "command.release_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
}

/** How far a guard is. Anyone who may work on the alarm writes down what is radioed in; steps may be skipped. */
export interface ReportGuard {
  type: "command.report_guard.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  guard: string;
  step: GuardStep;
}

/** What a guard found; may come again while the guard is there. */
export interface ReportGuardResult {
  type: "command.report_guard_result.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  guard: string;
  finding: GuardFinding;
  note: Sealed | null;
}

/** The police are on scene (到场). */
export interface ReportOnScene {
  type: "command.on_scene.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
}

/** The alarm meets a report-at-once rule, for the first time. A person decides. `pack` and `article` say where the rule stands, `inputs` what it was judged on. `priority`: the alarm's from here on. */
export interface ReportSuggested {
  type: "alarm.report_suggested.v1";
  alarm: string;
  rule: ReportAtOnceRule;
  pack: PackRef;
  article: string;
  priority: number;
  inputs: RuleInputs;
}

/** A person reported it by telephone, so the police are known to have it. `spoken_at`: UTC microseconds. */
export interface ReportedByPhone {
  type: "escalation.reported_by_phone.v1";
  alarm: string;
  escalation: string;
  by: Actor;
  told: Sealed;
  spoken_at: number;
  police_incident_no: string | null;
}

/** The provider asks the police not to go on (撤警请求), with a reason. The police decide. */
export interface RequestStandDown {
  type: "command.stand_down_request.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  reason: Sealed;
}

/** A restore that the site recorded ends what goes on at its shell: a follow-up carries it there. It is accounted at the site alone. `received_at`: when the site's receiver had it, UTC microseconds. */
export interface RestorePassedBack {
  type: "signal.restore_passed_back.v1";
  shell: string;
  site: string;
  code: string;
  area: string;
  zone: string;
  received_at: number;
}

/** What goes on at a shell that was merged into `site`, where its restores will come from here on. `since`: when the shell's newest signal was received, UTC microseconds. Said with the adoption; the newest 256. */
export interface RestoresAwaited {
  type: "signal.restores_awaited.v1";
  shell: string;
  site: string;
  since: number;
  of: readonly (GoesOn)[];
}

/** The site knows by a follow-up for what its shell awaits a restore, and passes back the first of each. */
export interface RestoresOwed {
  type: "signal.restores_owed.v1";
  shell: string;
  site: string;
  of: readonly (GoesOn)[];
}

/** The client's first words after a lost connection: where its picture stands, and of which sight it is. */
export interface Resume {
  type: "feed.resume.v1";
  positions: readonly (PartitionPosition)[];
  sight: string;
}

/** The picture is continued: what was missed follows as ordinary frames. Else a snapshot comes instead. */
export interface Resumed {
  type: "feed.resumed.v1";
  at: number;
}

/** The police give it back (退单) with a coded reason. They may sign for it later all the same. */
export interface ReturnEscalation {
  type: "command.return_escalation.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  reason: ReturnReason;
  text: Sealed | null;
}

/** Evidence of a verification that a rule looks at. */
export interface RuleEvidence {
  kind: EvidenceKind;
  found: EvidenceFinding | null;
}

/** All that a report-at-once rule looks at, so that its answer can be had again from the record alone. */
export interface RuleInputs {
  class: AlarmClass;
  signals: readonly (RuleSignal)[];
  evidence: readonly (RuleEvidence)[];
  guard: GuardFinding | null;
}

/** A signal that a rule looks at. `received_at`: UTC microseconds. */
export interface RuleSignal {
  zone: string;
  received_at: number;
}

/** Free text under a key of its subject; erasing the key erases the text, and every proof still verifies. `box` is nonce (12 bytes) + AES-256-GCM ciphertext; `key` names the key. Deciders never read it. */
export interface Sealed {
  key: string;
  box: string;
}

/** The police take note (签收) and may give their police_incident_no (警情编号). */
export interface SignForEscalation {
  type: "command.sign_for_escalation.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  police_incident_no: string | null;
}

/** The signal's shell site had been merged into the site `to`: a follow-up carries it there, to be decided there. `source`: the signal's offset in this partition's inbox. Not accounted here but where it arrives. */
export interface SignalCarriedOn {
  type: "signal.carried_on.v1";
  signal: SignalId;
  source: number;
  to: string;
}

/** Names one signal for ever: made before the first attempt to append it (design, "Duplicates and spool"). `run` is the receiver's run (uuid7), `line` the account line; `counter` only rises within a run, with gaps per line. */
export interface SignalId {
  run: string;
  line: string;
  counter: number;
}

/** What was typed about a signal that came to no alarm, or whose alarm is no longer held. */
export interface SignalNoted {
  type: "signal.noted.v1";
  subject: string;
  source: number;
  by: Actor;
  note: Sealed;
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

/** A site as decisions need it; names, people and addresses stay in PostgreSQL. Division: GB/T 2260. `merged_into`: a shell site that turned out to be this other site; what still comes for it is carried over. */
export interface SiteEntry {
  id: string;
  provider: string;
  site_class: SiteClass;
  division: string;
  bureau: string;
  lines: readonly (Line)[];
  merged_into: string | null;
}

/** Event: from this point of the record the site is known so. */
export interface SiteNoted {
  type: "directory.site_noted.v1";
  position: number;
  site: SiteEntry;
}

/** One inbox record that was passed over. `tag` as read, "" where the bytes have none. */
export interface Skipped {
  offset: number;
  hash: string;
  tag: string;
}

/** Everything open that this person may see. First frame, and again after a lost connection. `sight`: names what they may see. */
export interface Snapshot {
  type: "feed.snapshot.v1";
  alarms: readonly (AlarmView)[];
  escalations: readonly (EscalationView)[];
  positions: readonly (PartitionPosition)[];
  undecided: readonly (UndecidedSignal)[];
  stopped: readonly (StoppedPartition)[];
  at: number;
  sight: string;
}

/** What the old generation knew, for whoever reads the new one alone. `number`: of `of`, from 1; all of them count. */
export interface StateCarried {
  type: "log.state_carried.v1";
  number: number;
  of: number;
  parts: readonly (StatePart)[];
}

/** A part of a partition's state. `at`: the names that lead to it; `value`: JSON; of a list or names, some more. */
export interface StatePart {
  at: readonly (string)[];
  value: string;
}

/** A partition that has not decided for more than 5 s although something waits. `waiting`: records. */
export interface StoppedPartition {
  partition: number;
  since: number;
  waiting: number;
}

/** A report-at-once rule that the alarm meets, where it stands, and what it was judged on. */
export interface SuggestionView {
  rule: ReportAtOnceRule;
  pack: PackRef;
  article: string;
  at: number;
  inputs: RuleInputs;
}

/** The provider adds what it has learnt since. */
export interface SupplementEscalation {
  type: "command.supplement_escalation.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  text: Sealed;
}

/** The line is silent from here on; `last_heard_at` and `timeout_us` as they were reported. */
export interface SystemFellSilent {
  type: "system.fell_silent.v1";
  subject: string;
  account_space: string;
  account: string;
  last_heard_at: number;
  timeout_us: number;
}

/** The line is silent no more. `silent_since`: when it had last been heard. */
export interface SystemHeardAgain {
  type: "system.heard_again.v1";
  subject: string;
  account_space: string;
  account: string;
  silent_since: number;
  heard_at: number;
}

/** Take an alarm from the colleague who holds it, with a typed reason. */
export interface TakeOverAlarm {
  type: "command.take_over_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  reason: Sealed;
}

/** The parallel tracks. Subscriber contact is not recorded by this version. `guard`: of the newest guard. */
export interface Tracks {
  verification: "confirmed" | "false_alarm" | "undetermined" | "waiting";
  guard: "none" | GuardStage;
  escalation: "none" | EscalationState;
}

/** The police pass it on to another bureau (转警), which gets it under the same id. `to`: GA/T 380, 12 digits. */
export interface TransferEscalation {
  type: "command.transfer_escalation.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  escalation: string;
  to: string;
}

/** The whole undecided lane of one partition, newest last; empty when it decides again. */
export interface UndecidedChanged {
  type: "feed.undecided.v1";
  partition: number;
  signals: readonly (UndecidedSignal)[];
}

/** A signal straight from the inbox of a partition that does not decide. No priority, no owner: none was decided. */
export interface UndecidedSignal {
  partition: number;
  offset: number;
  site: string;
  site_name: string;
  account_space: string;
  account: string;
  code: string;
  class: AlarmClass;
  qualifier: Qualifier;
  area: string;
  zone: string;
  received_at: number;
}

/** The newest verification. `at`: UTC microseconds. */
export interface VerificationView {
  result: VerificationResult;
  by: string;
  at: number;
  evidence: readonly (EvidenceView)[];
}

/** State what the verification (核实) found. */
export interface VerifyAlarm {
  type: "command.verify_alarm.v1";
  id: string;
  sender: string;
  sent_at: number;
  subject: string;
  by: Actor;
  alarm: string;
  result: VerificationResult;
  evidence: readonly (Evidence)[];
}

/** A maintenance window as it is shown; `note` in clear for those who may read it. */
export interface WindowView {
  id: string;
  partition: number;
  offset: number;
  site: string;
  site_name: string;
  lon: number | null;
  lat: number | null;
  bureau: string | null;
  provider: string | null;
  provider_name: string;
  kind: WindowKind;
  from_us: number;
  until_us: number;
  facts: readonly (FactClass)[];
  reference: string;
  opinion: string;
  plan: string;
  note: string;
  by: string;
  decided_at: number;
  ended_by: string | null;
  ended_at: number | null;
  afterwards: readonly (string)[];
}

export type FeedFrame = Snapshot | Resumed | AlarmChanged | EscalationChanged | UndecidedChanged | Beat;

export type Event = LogBegun | LogMended | LogResumed | GenerationBegun | StateCarried | SignalRecorded | SignalCarriedOn | SignalNoted | RestoresAwaited | RestoresOwed | RestorePassedBack | AlarmRaised | AlarmOccurred | AlarmRestored | AlarmAdopted | ClaimFellDue | AlarmClaimed | AlarmReleased | AlarmHandedOver | AlarmTakenOver | AlarmNoted | AlarmVerified | ReportSuggested | GuardOrdered | GuardReported | GuardFound | AlarmEscalated | EscalationDelivered | EscalationAskedAgain | EscalationSignedFor | PoliceDispatched | PoliceOnScene | FeedbackGiven | EscalationReturned | EscalationTransferred | DuplicateNamed | EscalationSupplemented | ReportedByPhone | AlarmClosed | CommandRefused | AlarmArchived | AlarmResumed | DeadlineFailed | ClockFaulted | ClockTrusted | HostClockNoted | SystemFellSilent | SystemHeardAgain | MaintenanceWindowOpened | MaintenanceWindowEnded | MaintenanceWindowArchived | InterruptionBegan | InterruptionWidened | InterruptionRestored | InterruptionSettled | InterruptionRevised | InterruptionAdopted | InterruptionArchived | ReceiverTroubleNoted | DecidedOtherwiseNoted | SiteNoted | ProviderNoted;

export type Answer = Accepted | Already | Refused;
