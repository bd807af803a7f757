import { Fault } from "../base/fault.ts";
import type { Role } from "../contract/identity.ts";
import { type Action, actions } from "../contract/api-operation.ts";

const viewer: readonly Action[] = ["team.view", "member.view", "application.view", "component.view", "dataCenter.view"];
const developer: readonly Action[] = [
  ...viewer,
  "key.view",
  "key.manage",
  "audit.view",
  "application.edit",
  "component.edit",
  "component.operate",
  "component.exec",
];
/** The one table of who may do what. */
export const grants: Readonly<Record<Role, readonly Action[]>> = { viewer, developer, owner: actions };

export const allowed = (role: Role, action: Action): boolean => grants[role].includes(action);

/** A key limited to some applications never does what concerns the whole team. */
const teamWide: readonly Action[] = [
  "team.manage",
  "member.view",
  "member.manage",
  "key.view",
  "key.manage",
  "audit.view",
  "dataCenter.manage",
];
export const allowedNarrowed = (action: Action): boolean => !teamWide.includes(action);

export const keyIsLimited = (): Fault =>
  new Fault("forbidden", "This API key is limited to some applications; it cannot do what concerns the whole team.", {
    next: "Use a key without a list of applications.",
    reason: "key.narrow",
  });
export const keyIsNoPerson = (): Fault =>
  new Fault("forbidden", "An API key cannot do this; it concerns a person.", {
    next: "Sign in as a person.",
    reason: "key.no-person",
  });

export const roleMayNot = (role: Role, action: Action): Fault =>
  new Fault("forbidden", `The role ${role} may not do this (${action}).`, {
    next: "Ask an owner of the team to do it, or to change your role.",
    reason: "role.insufficient",
    params: { role },
  });

/** Whether the role may know that things of this kind exist: then a refusal says so (403), else they are not found (404). */
export const mayKnow = (role: Role, action: Action): boolean => {
  const view = actions.find((a) => a === `${action.split(".")[0]}.view`);
  return view !== undefined && allowed(role, view);
};

const order: readonly Role[] = ["viewer", "developer", "owner"];
export const lowerOf = (a: Role, b: Role): Role => (order.indexOf(a) < order.indexOf(b) ? a : b);
export const atMost = (role: Role, limit: Role): boolean => order.indexOf(role) <= order.indexOf(limit);

/** Whether a caller limited to some applications (null: not limited) reaches this one. What it does not reach is not found; null: what concerns the whole team. */
export const mayReach = (caller: { readonly applications: readonly string[] | null }, application: string | null): boolean =>
  caller.applications === null || (application !== null && caller.applications.includes(application));
