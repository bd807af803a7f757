import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { jwtTokens } from "../../../shared/adapters/jwt-tokens.ts";
import type { memoryTable } from "../../../shared/adapters/memory/table.ts";
import type { AgentId, ComponentId, DataCenterId, TenantId } from "../../../shared/contract/id.ts";
import type { Row } from "../../../shared/ports/table.ts";
import type { Api } from "../../support/api.ts";
import { startWorld } from "../../support/components.ts";
import { memoryDeps } from "../../support/memory-deps.ts";

/** Where every world begins: a team with components that run their first release. */
export interface Template {
  readonly api: Api;
  readonly rows: ReadonlyMap<string, Row>;
  /** The platform's own: it signed what these run. */
  readonly jwk: JWK;
  readonly at: number;
  readonly tenant: TenantId;
  readonly token: string;
  readonly agent: AgentId;
  readonly dataCenter: DataCenterId;
  readonly components: readonly ComponentId[];
}

export async function template(): Promise<Template> {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK;
  const deps = memoryDeps();
  const world = await startWorld({ ...deps, tokens: jwtTokens({ jwk, clock: deps.clock }) });
  const { api, ada, agent } = world;
  const components: ComponentId[] = [];
  for (const name of ["web", "shop"]) {
    const health = { kind: "http", path: "/", intervalSeconds: 120, timeoutSeconds: 3, failuresMax: 3, startSeconds: 60 };
    const ports = [{ port: 8080, protocol: "http", internal: true, external: true }];
    const { id } = await world.create({ name, configuration: { ports, health, graceSeconds: 2 } });
    await world.deployed(id);
    components.push(id);
  }
  const { rows } = api.deps.table as ReturnType<typeof memoryTable>;
  return {
    api,
    rows: new Map(rows),
    jwk,
    at: api.deps.clock.now().getTime(),
    tenant: ada.team as TenantId,
    token: ada.token,
    agent: agent.agent as AgentId,
    dataCenter: agent.dataCenter as DataCenterId,
    components,
  };
}
