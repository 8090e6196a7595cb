import { expect, test } from "vitest";

import type { Me } from "../src/api.ts";
import { hindrance, needsRule, toSignFor } from "../src/desk/acts.ts";
import { anAlarm, anEscalation } from "./views.ts";

const operator = { id: "me", roles: ["operator"] } as const satisfies Pick<Me, "id" | "roles">;
const supervisor = { id: "boss", roles: ["shift_supervisor"] } as const satisfies Pick<Me, "id" | "roles">;
const police = { id: "cop", roles: ["police"] } as const satisfies Pick<Me, "id" | "roles">;
const inspector = { id: "eye", roles: ["inspector"] } as const satisfies Pick<Me, "id" | "roles">;
const calm = { stale: false, pending: false };
const mine = anAlarm({ claimed_by: "me" });
const confirmed = anAlarm({ claimed_by: "me", tracks: { verification: "confirmed", escalation: "none" } });

test("an alarm is taken before it is worked on", () => {
  expect(hindrance("claim", anAlarm(), { me: operator, ...calm })).toBeNull();
  for (const act of ["verify", "escalate", "close"] as const) expect(hindrance(act, anAlarm(), { me: operator, ...calm })).toBe("notTaken");
});

test("an alarm is not reported before it is verified", () => {
  expect(hindrance("escalate", mine, { me: operator, ...calm })).toBe("notVerified");
  expect(hindrance("escalate", confirmed, { me: operator, ...calm })).toBeNull();
});

test("a false alarm is not reported", () => {
  const alarm = anAlarm({ claimed_by: "me", tracks: { verification: "false_alarm", escalation: "none" } });
  expect(hindrance("escalate", alarm, { me: operator, ...calm })).toBe("falseAlarm");
});

test("an alarm is reported once", () => {
  const alarm = anAlarm({ claimed_by: "me", tracks: { verification: "confirmed", escalation: "sent" } });
  expect(hindrance("escalate", alarm, { me: operator, ...calm })).toBe("escalated");
});

test("only the holder or the shift supervisor works on an alarm", () => {
  const theirs = anAlarm({ claimed_by: "other" });
  expect(hindrance("verify", theirs, { me: operator, ...calm })).toBe("taken");
  expect(hindrance("verify", theirs, { me: supervisor, ...calm })).toBeNull();
});

test("nothing is done on a picture that is out of date, or while an act is undecided", () => {
  expect(hindrance("claim", anAlarm(), { me: operator, stale: true, pending: false })).toBe("stale");
  expect(hindrance("claim", anAlarm(), { me: operator, stale: false, pending: true })).toBe("pending");
});

test("who may only look does nothing", () => {
  for (const act of ["claim", "verify", "escalate", "close"] as const) expect(hindrance(act, mine, { me: inspector, ...calm })).toBe("role");
});

test("undetermined asks for a rule, except for duress", () => {
  const tracks = { verification: "undetermined", escalation: "none" } as const;
  expect(needsRule(anAlarm({ tracks }))).toBe(true);
  expect(needsRule(anAlarm({ tracks, class: "duress" }))).toBe(false);
  expect(needsRule(confirmed)).toBe(false);
});

test("the police sign once", () => {
  expect(toSignFor(anEscalation(), { me: police, ...calm })).toBeNull();
  expect(toSignFor(anEscalation({ state: "signed_for" }), { me: police, ...calm })).toBe("signed");
  expect(toSignFor(anEscalation(), { me: operator, ...calm })).toBe("role");
});
