import { expect, test } from "vitest";

import { firstUntaken, inOrder, moved } from "../src/desk/queue.ts";
import { inOrder as policeOrder } from "../src/police/order.ts";
import { anAlarm, anEscalation } from "./views.ts";

test("the queue is by priority, then age, and holds open alarms only", () => {
  const alarms = [
    anAlarm({ id: "young", priority: 2, raised_at: 9 }),
    anAlarm({ id: "old", priority: 2, raised_at: 1 }),
    anAlarm({ id: "urgent", priority: 1, raised_at: 20 }),
    anAlarm({ id: "closed", priority: 1, raised_at: 0, state: "closed" }),
  ];
  expect(inOrder(alarms).map((alarm) => alarm.id)).toEqual(["urgent", "old", "young"]);
});

test("the first alarm nobody has taken is found below taken ones", () => {
  expect(firstUntaken([anAlarm({ id: "taken", claimed_by: "x" }), anAlarm({ id: "free" })])?.id).toBe("free");
});

test("moving stops at both ends and begins at the top", () => {
  const list = [{ id: "a" }, { id: "b" }];
  expect(moved(list, "a", 1)).toBe("b");
  expect(moved(list, "b", 1)).toBe("b");
  expect(moved(list, "a", -1)).toBe("a");
  expect(moved(list, "gone", 1)).toBe("a");
  expect(moved([], null, 1)).toBeNull();
});

test("a drill gives way to the real report of the same alarm, and to no other", () => {
  const reports = [anEscalation({ id: "drill", alarm: "a", mark: "exercise" }), anEscalation({ id: "real", alarm: "a" }), anEscalation({ id: "other", alarm: "b", mark: "test" })];
  expect(policeOrder(reports).map((report) => report.id)).toEqual(["real", "other"]);
});

test("the police see unsigned reports first, the oldest on top", () => {
  const reports = [
    anEscalation({ id: "signed", state: "signed_for", escalated_at: 0, signed_for_at: 5 }),
    anEscalation({ id: "new", escalated_at: 9 }),
    anEscalation({ id: "waiting", escalated_at: 2, state: "delivered" }),
    anEscalation({ id: "final", escalated_at: 8, state: "final" }),
    anEscalation({ id: "telephoned", escalated_at: 1, state: "undelivered" }),
  ];
  expect(policeOrder(reports).map((report) => report.id)).toEqual(["telephoned", "waiting", "new", "signed", "final"]);
});
