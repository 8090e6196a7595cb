import type { AlarmView, EscalationView, GuardStage, GuardView } from "../src/generated/contracts.ts";

export function anAlarm(part: Partial<AlarmView> = {}): AlarmView {
  return {
    id: "a1", number: "4-2P4N", partition: 3, offset: 10, state: "open", account: "1234", account_space: "dc09", site: "s1",
    site_known: true, site_name: "东街口金行", site_class: "other", division: "350102", bureau: "b1", lon: 119.3028, lat: 26.0851,
    provider: "p1", provider_name: "福州安澜", filing: null, code: "130", area: "", zone: "3", class: "burglary", priority: 2,
    raised_at: 1_000_000, received_at: 1_000_000, panel_time: null, possibly_repeated: false, claim_due: 31_000_000, registry_position: 0,
    alarm_group: "g1", occurrences: [], occurrence_count: 1, suggests: null, suggestions: [], guard_due: null, guards: [], note_count: 0,
    claim_overdue: false, claimed_by: null, claimed_at: null, verification: null,
    tracks: { verification: "waiting", guard: "none", escalation: "none" }, escalation: null, escalated_at: null, escalation_mark: "actual", police_incident_no: null,
    closed_by: null, closed_at: null, ...part,
  };
}

export function anEscalation(part: Partial<EscalationView> = {}): EscalationView {
  return {
    id: "e1", alarm: "a1", number: "4-2P4N", bureau: "b1", account: "1234", site: "s1", site_name: "东街口金行", code: "130",
    class: "burglary", zone: "3", lon: null, lat: null, division: null, provider_name: "", escalated_at: 1, escalated_by: "u1",
    received_at: 1, verification: null, rule: null, occurrences: [], guards: [], state: "sent", attempt: 1,
    delivered_at: null, delivery_detail: "", dispatched_at: null, unit: "", on_scene_at: null, feedback: [], signed_for_at: null, signed_for_by: null,
    police_incident_no: null, mark: "actual", unsure: false, status_asked: false, sent_from: 1, returned_at: null, returned_reason: null,
    returned_text: "", transferred_at: null, transferred_from: null, duplicate_of: null, additions: [], phoned_at: null, phoned_by: null,
    phone_told: "", ...part,
  };
}

export function aGuard(stage: GuardStage): GuardView {
  return { id: "g1", stage, unit: "3号车", stand_off: false, by: "me", ordered_at: 1, accepted_at: null, en_route_at: null, arrived_at: null, searched_at: null, left_at: null, finding: null, note: "", found_at: null };
}
