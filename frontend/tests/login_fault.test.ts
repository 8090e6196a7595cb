import { expect, test } from "vitest";

import { Refusal, Unreachable } from "../src/api.ts";
import { faultOf, isGiven } from "../src/login_fault.ts";

test("who tried too often is told how long to wait, not that the server failed", () => {
  const problem = { type: "urn:jiejing:login.throttled", title: "登录失败次数过多", status: 429, what_to_do: "请在 240 秒后重试，或联系管理员。" };
  expect(faultOf(new Refusal(problem))).toEqual({ said: problem.title, toDo: problem.what_to_do });
});

test("a wrong password, a server that is away and one that fails are told apart", () => {
  expect(faultOf(new Refusal({ type: "urn:jiejing:login.wrong", title: "", status: 401 }))).toEqual({ word: "wrong" });
  expect(faultOf(new Refusal({ type: "about:blank", title: "", status: 502 }))).toEqual({ word: "failed" });
  expect(faultOf(new Unreachable("away"))).toEqual({ word: "unreachable" });
});

test("a password that somebody else gave is told apart from a wrong one", () => {
  const given = new Refusal({ type: "urn:jiejing:password.given", title: "", status: 403 });
  expect([given, new Refusal({ type: "urn:jiejing:login.wrong", title: "", status: 401 }), new Unreachable("away")].map(isGiven)).toEqual([true, false, false]);
});
