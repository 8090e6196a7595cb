import { expect, test } from "vitest";

import type { Me } from "../src/api.ts";
import { DESK_ACTS, hindrance, needsRule } from "../src/desk/acts.ts";
import { nextAct, policeHindrance } from "../src/police/acts.ts";
import { secondsForGuard, stepsAhead, wantsGuard } from "../src/desk/guards.ts";
import type { AlarmView, GuardStage } from "../src/generated/contracts.ts";
import { aGuard, anAlarm, anEscalation } from "./views.ts";

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

test("a first guard is sent before the alarm is taken; what is radioed in is written down by whoever hears it", () => {
  const guarded = (stage: GuardStage, part: Partial<AlarmView> = {}): AlarmView => anAlarm({ guards: [aGuard(stage)], ...part });
  expect(hindrance("guard", anAlarm(), { me: operator, ...calm })).toBeNull();
  expect(hindrance("guard", anAlarm({ claimed_by: "other" }), { me: operator, ...calm })).toBe("taken");
  expect(hindrance("guard", guarded("en_route", { claimed_by: "other" }), { me: operator, ...calm })).toBeNull();
  expect(hindrance("guard", guarded("left"), { me: operator, ...calm })).toBe("notTaken");
  expect(hindrance("guard", guarded("left", { claimed_by: "me" }), { me: operator, ...calm })).toBeNull();
});

test("under duress one key takes and reports; nothing else does", () => {
  const duress = anAlarm({ class: "duress" });
  expect(hindrance("escalate", duress, { me: operator, ...calm })).toBeNull();
  expect(hindrance("escalate", anAlarm({ class: "duress", claimed_by: "other" }), { me: operator, ...calm })).toBe("taken");
  expect(hindrance("escalate", anAlarm({ class: "panic", claimed_by: "me" }), { me: operator, ...calm })).toBe("notVerified");
});

test("a guard's steps go forward only, and any may be skipped", () => {
  expect(stepsAhead(aGuard("accepted"))).toEqual(["en_route", "arrived", "searched", "left"]);
  expect(stepsAhead(aGuard("result"))).toEqual(["left"]);
});

test("a guard is wanted where the class asks for one, until it is ordered or the alarm is false", () => {
  const due = anAlarm({ guard_due: 31_000_000 });
  expect(wantsGuard(due)).toBe(true);
  expect(secondsForGuard(due, 14_000_000)).toBe(17);
  expect(secondsForGuard(due, 99_000_000)).toBe(0);
  expect(wantsGuard(anAlarm())).toBe(false);
  expect(wantsGuard(anAlarm({ guard_due: 31_000_000, guards: [aGuard("ordered")] }))).toBe(false);
  expect(wantsGuard(anAlarm({ guard_due: 1, tracks: { verification: "false_alarm", guard: "none", escalation: "none" } }))).toBe(false);
});
