import { Fault } from "../base/fault.ts";
import type { ComponentId } from "../contract/id.ts";
import type { TicketClaims } from "../contract/stream.ts";
import { assertComponentCan } from "../domain/component.ts";
import { placeOf } from "../domain/movement.ts";
import type { Tokens } from "../ports/tokens.ts";
import { type Caller, commit } from "./change.ts";
import { dataCenters, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { read } from "./entity.ts";
import { findComponent } from "./find.ts";

/** Long enough to open a WebSocket with, too short to pass on. */
const ticketSeconds = 60;

interface Asked {
  readonly component: ComponentId;
  readonly kind: TicketClaims["kind"];
  readonly instance: string | null;
  readonly command: string[] | null;
}
export interface Ticket {
  readonly url: string;
  readonly ticket: string;
  readonly expiresAt: string;
}

/** Lets its bearer open one stream at the component's data center, which verifies it by itself. */
export async function createTicket(deps: Core & { tokens: Tokens }, caller: Caller, asked: Asked): Promise<Ticket> {
  const record = await findComponent(deps, caller, asked.component);
  if (asked.kind === "terminal") assertComponentCan("exec", record);
  const dataCenter = await read(deps.table, dataCenters, keyOf.dataCenter(placeOf(record)));
  if (!dataCenter?.streamUrl)
    throw new Fault("unavailable", "The component's data center has not connected yet.", {
      next: "Wait until its agent is connected.",
      reason: "data-center.not-connected",
    });
  const jti = deps.ids.secret();
  const { component, kind, instance, command } = asked;
  const claims = { jti, tenant: record.tenant, component, kind, instance, command, actor: caller.actor.name };
  const ticket = await deps.tokens.sign("stream", claims, ticketSeconds);
  const expiresAt = new Date(deps.clock.now().getTime() + ticketSeconds * 1_000).toISOString();
  const made = { url: dataCenter.streamUrl, ticket, expiresAt };
  // Reading a log changes nothing; what is typed into a terminal may.
  if (kind === "log") return made;
  const audit = { subject: component, changes: [{ path: kind, before: null, after: { instance, command } }] };
  return commit(deps, caller, { writes: [], audit }, made);
}
