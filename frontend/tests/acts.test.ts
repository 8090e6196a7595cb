import { expect, test } from "vitest";

import type { Me } from "../src/api.ts";
import { DESK_ACTS, hindrance, needsRule } from "../src/desk/acts.ts";
import { nextAct, policeHindrance } from "../src/police/acts.ts";
import { anAlarm, anEscalation } from "./views.ts";

const operator = { id: "me", roles: ["operator"] } as const satisfies Pick<Me, "id" | "roles">;
const supervisor = { id: "boss", roles: ["shift_supervisor"] } as const satisfies Pick<Me, "id" | "roles">;
const police = { id: "cop", roles: ["police"] } as const satisfies Pick<Me, "id" | "roles">;
const inspector = { id: "eye", roles: ["inspector"] } as const satisfies Pick<Me, "id" | "roles">;
const calm = { stale: false, pending: false };
const mine = anAlarm({ claimed_by: "me" });
const confirmed = anAlarm({ claimed_by: "me", tracks: { verification: "confirmed", guard: "none", escalation: "none" } });

test("an alarm is taken before it is worked on", () => {
  expect(hindrance("claim", anAlarm(), { me: operator, ...calm })).toBeNull();
  for (const act of ["verify", "escalate", "close", "giveUp"] as const) expect(hindrance(act, anAlarm(), { me: operator, ...calm })).toBe("notTaken");
});

test("an alarm is not reported before it is verified", () => {
  expect(hindrance("escalate", mine, { me: operator, ...calm })).toBe("notVerified");
  expect(hindrance("escalate", confirmed, { me: operator, ...calm })).toBeNull();
});

test("a false alarm is not reported", () => {
  const alarm = anAlarm({ claimed_by: "me", tracks: { verification: "false_alarm", guard: "none", escalation: "none" } });
  expect(hindrance("escalate", alarm, { me: operator, ...calm })).toBe("falseAlarm");
});

test("an alarm is reported once", () => {
  const alarm = anAlarm({ claimed_by: "me", tracks: { verification: "confirmed", guard: "none", escalation: "sent" } });
  expect(hindrance("escalate", alarm, { me: operator, ...calm })).toBe("escalated");
});

test("only the holder or the shift supervisor works on an alarm", () => {
  const theirs = anAlarm({ claimed_by: "other" });
  expect(hindrance("verify", theirs, { me: operator, ...calm })).toBe("taken");
  expect(hindrance("verify", theirs, { me: supervisor, ...calm })).toBeNull();
});

test("nothing is done on a picture that is out of date, or while an act is undecided", () => {
  for (const act of DESK_ACTS) {
    expect(hindrance(act, mine, { me: supervisor, stale: true, pending: false }), act).toBe("stale");
    expect(hindrance(act, mine, { me: supervisor, stale: false, pending: true }), act).toBe("pending");
  }
});

test("who may only look does nothing", () => {
  for (const act of DESK_ACTS) expect(hindrance(act, mine, { me: inspector, ...calm })).toBe("role");
});

test("undetermined asks for a rule, except for duress", () => {
  const tracks = { verification: "undetermined", guard: "none", escalation: "none" } as const;
  expect(needsRule(anAlarm({ tracks }))).toBe(true);
  expect(needsRule(anAlarm({ tracks, class: "duress" }))).toBe(false);
  expect(needsRule(confirmed)).toBe(false);
});

test("a note needs no holder, only an open alarm", () => {
  expect(hindrance("note", anAlarm({ claimed_by: "other" }), { me: operator, ...calm })).toBeNull();
  expect(hindrance("note", anAlarm({ state: "closed" }), { me: operator, ...calm })).toBe("closed");
});

test("taking over is for what a colleague holds", () => {
  expect(hindrance("takeOver", anAlarm({ claimed_by: "other" }), { me: operator, ...calm })).toBeNull();
  expect(hindrance("takeOver", anAlarm(), { me: operator, ...calm })).toBe("notHeld");
  expect(hindrance("takeOver", mine, { me: operator, ...calm })).toBe("yours");
});

test("an unknown account is registered by those who keep the registry, a known one by nobody", () => {
  const unknown = anAlarm({ site_known: false });
  expect(hindrance("adopt", unknown, { me: supervisor, ...calm })).toBeNull();
  expect(hindrance("adopt", unknown, { me: operator, ...calm })).toBe("role");
  expect(hindrance("adopt", anAlarm(), { me: supervisor, ...calm })).toBe("known");
});

test("the police sign once", () => {
  expect(policeHindrance("signFor", anEscalation(), { me: police, ...calm })).toBeNull();
  expect(policeHindrance("signFor", anEscalation({ state: "signed_for", signed_for_at: 3 }), { me: police, ...calm })).toBe("signed");
  expect(policeHindrance("signFor", anEscalation(), { me: operator, ...calm })).toBe("role");
});

test("the police may skip a step, and do nothing after the final feedback", () => {
  expect(policeHindrance("onScene", anEscalation(), { me: police, ...calm })).toBeNull();
  expect(policeHindrance("feedback", anEscalation({ state: "final" }), { me: police, ...calm })).toBe("final");
  expect(policeHindrance("policeDispatch", anEscalation({ dispatched_at: 4 }), { me: police, ...calm })).toBe("dispatched");
});

test("the primary button of the police is the step that comes next", () => {
  expect(nextAct(anEscalation())).toBe("signFor");
  expect(nextAct(anEscalation({ state: "signed_for", signed_for_at: 1 }))).toBe("policeDispatch");
  expect(nextAct(anEscalation({ state: "dispatched", signed_for_at: 1, dispatched_at: 2 }))).toBe("onScene");
  expect(nextAct(anEscalation({ state: "on_scene", signed_for_at: 1, dispatched_at: 2, on_scene_at: 3 }))).toBe("feedback");
});
