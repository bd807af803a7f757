import { expect, test } from "@jest/globals";
import { actions } from "../contract/api-operation.ts";
import { allowed, allowedNarrowed, atMost, lowerOf, mayKnow, mayReach } from "./authorize.ts";

const roles = ["viewer", "developer", "owner"] as const;
test("an action needs the right to see such things: nobody edits what they may not view", () => {
  for (const role of roles) for (const action of actions) if (allowed(role, action)) expect(mayKnow(role, action)).toBe(true);
});
test("the lower of two roles may only what both may", () => {
  for (const a of roles)
    for (const b of roles)
      for (const action of actions)
        if (allowed(lowerOf(a, b), action)) expect(allowed(a, action) && allowed(b, action)).toBe(true);
});
test("roles are ordered", () => {
  expect(atMost("viewer", "developer") && atMost("owner", "owner") && !atMost("owner", "developer")).toBe(true);
});
test("a limited key reaches its applications alone, and nothing of the team", () => {
  expect(mayReach({ applications: null }, "app_1")).toBe(true);
  expect(mayReach({ applications: ["app_1"] }, "app_1")).toBe(true);
  expect(mayReach({ applications: ["app_1"] }, "app_2")).toBe(false);
  expect(mayReach({ applications: [] }, "app_1")).toBe(false);
  for (const action of ["team.manage", "member.manage", "key.manage", "audit.view"] as const)
    expect(allowedNarrowed(action)).toBe(false);
});
