import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Fault } from "../../shared/base/fault.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import type { Caller } from "../../shared/control/change.ts";
import { membershipsOf } from "../../shared/control/identity/audit-in-teams.ts";
import { allowed, allowedNarrowed, keyIsLimited, mayKnow, roleMayNot } from "../../shared/domain/authorize.ts";
import { networkOf } from "../../shared/domain/client-network.ts";
import {
  type AgentCaller,
  agentOf,
  assertOrigin,
  assertOurPage,
  type BuildCaller,
  buildOf,
  fromOf,
  type Membership,
  membershipOf,
  type Person,
  personOf,
} from "./caller.ts";
import type { Deps } from "./deps.ts";
import { headerOf } from "./headers.ts";

/** Who calls, by the operation's audience. `caller` and `idempotency` go on to `commit`. */
export interface Who {
  public: object;
  user: { readonly person: Person; readonly idempotency: Caller["idempotency"] };
  tenant: { readonly caller: Caller; readonly membership: Membership };
  agent: { readonly agent: AgentCaller };
  build: { readonly build: BuildCaller };
}

export interface Identified {
  /** Whom the rate limit counts; undefined: our own machines, whose work is bounded elsewhere. */
  readonly counted?: string;
  /** Whose idempotency keys; none where requests carry a sequence of their own, or nobody is known. */
  readonly repeats?: { readonly owner: string; readonly actor: string };
  readonly membership?: Membership;
  readonly build?: BuildCaller;
  /** What the use case is told of the caller. */
  readonly who: (idempotency: Caller["idempotency"]) => Who[ApiOperation["audience"]];
}

interface Asked {
  readonly name: string;
  readonly operation: ApiOperation;
  readonly event: APIGatewayProxyEventV2;
  /** Told the team as soon as it is known, before it is known whether the caller belongs to it. */
  readonly readAhead: (tenant: TenantId) => void;
}

/** @throws Fault `unauthenticated`; `forbidden` when a foreign page may have made the call; `not_found` for another's team. */
export async function identify(all: Deps, { name, operation, event, readAhead }: Asked): Promise<Identified> {
  const mutates = operation.method !== "get";
  const from = fromOf(all, event);
  switch (operation.audience) {
    case "public": {
      if (mutates && headerOf(event, "authorization") === undefined) assertOrigin(all, event);
      return { counted: `address ${networkOf(from.address)}`, who: () => ({}) };
    }
    case "user": {
      // What a person reads is of all their teams.
      const person = await personOf(all, event, mutates ? {} : { read: (user) => membershipsOf(all, user) });
      if (mutates && person.byCookie) assertOurPage(all, event, person);
      const { id } = person.user;
      return { counted: id, repeats: { owner: `user#${id}`, actor: id }, who: (idempotency) => ({ person, idempotency }) };
    }
    case "tenant": {
      const { person, ...membership } = await membershipOf(all, event, { team: headerOf(event, "pluvia-team"), readAhead });
      if (mutates && person?.byCookie) assertOurPage(all, event, person);
      const { tenant, actor, applications } = membership;
      return {
        counted: actor.id,
        repeats: { owner: `tenant#${tenant}`, actor: actor.id },
        membership,
        who: (idempotency) => ({ caller: { tenant, actor, applications, from, operation: name, idempotency }, membership }),
      };
    }
    case "agent": {
      const agent = await agentOf(all, event);
      return { who: () => ({ agent }) };
    }
    case "build": {
      const build = await buildOf(all, event);
      return { build, who: () => ({ build }) };
    }
  }
}

/** 403 to those who may know that such things exist, 404 to everyone else. */
export function authorize({ action }: ApiOperation, { membership }: Identified): void {
  if (!membership || action === undefined) return;
  const { role, applications } = membership;
  const limited = applications !== null && !allowedNarrowed(action);
  if (allowed(role, action) && !limited) return;
  if (!mayKnow(role, action))
    throw new Fault("not_found", "There is nothing here for you.", {
      next: "Check the path and your role in the team.",
      reason: "nothing-for-you",
    });
  if (limited && allowed(role, action)) throw keyIsLimited();
  throw roleMayNot(role, action);
}
