import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod";
import type { TenantId } from "../../shared/contract/id.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { keyOf } from "../../shared/control/component-tables.ts";
import { forTeam } from "../../shared/control/tenant-scope.ts";
import type { Deps } from "./deps.ts";

/** Starts reads that a call will make once it is allowed. Nobody hears what they found, or that they failed, before the call asks for the same. */
export type ReadAhead<O extends ApiOperation> = (
  deps: Deps,
  asked: { readonly tenant: TenantId; readonly params: z.infer<O["params"]>; readonly query: z.infer<O["query"]> },
) => Promise<unknown>;

/** For what begins by finding the component that the path names. */
export const componentAhead = (deps: Deps, { tenant, params }: { tenant: TenantId; params: { component: string } }) =>
  deps.table.get(keyOf.component(tenant, params.component));

interface Asked {
  readonly operation: ApiOperation;
  readonly event: APIGatewayProxyEventV2;
  readonly readAhead: ReadAhead<ApiOperation> | undefined;
}

/** What does not parse reads nothing: it is refused in its turn. */
export function readAheadOf(deps: Deps, { operation, event, readAhead }: Asked): (tenant: TenantId) => void {
  return (tenant) => {
    if (!readAhead) return;
    const params = operation.params.safeParse(event.pathParameters ?? {});
    const query = operation.query.safeParse(event.queryStringParameters ?? {});
    if (!params.success || !query.success) return;
    readAhead(forTeam(deps, tenant), { tenant, params: params.data, query: query.data } as Parameters<typeof readAhead>[1]).catch(
      () => {
        // The call meets the same failure when it asks.
      },
    );
  };
}
