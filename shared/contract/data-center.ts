import * as z from "zod";
import { AgentId, DataCenterId, Params, TenantId, Time } from "./id.ts";

export const Capability = z
  .object({
    /** processes, images, image-builds, isolation, memory-limit, cpu-limit, terminal */
    name: z.string(),
    available: z.boolean(),
    /** Why it is there or not, and what to install for it: shown to people. */
    message: z.string(),
    /** Stable word for what `message` says, and its facts. */
    code: z.string().optional(),
    params: Params.optional(),
  })
  .meta({ id: "Capability" });
export type Capability = z.infer<typeof Capability>;

export const Capacity = z
  .object({
    cpuMillis: z.int(),
    cpuMillisUsed: z.int(),
    memoryBytes: z.int(),
    memoryBytesUsed: z.int(),
    diskBytes: z.int(),
    diskBytesUsed: z.int(),
    instances: z.int(),
  })
  .meta({ id: "Capacity" });
export type Capacity = z.infer<typeof Capacity>;

export const DataCenter = z
  .object({
    id: DataCenterId,
    /** null: offered by the platform to every team. */
    tenant: TenantId.nullable(),
    name: z.string(),
    kind: z.enum(["embedded", "kubernetes"]),
    state: z.enum(["joining", "connected", "disconnected"]),
    agent: AgentId.nullable(),
    agentVersion: z.string().nullable(),
    capabilities: z.array(Capability),
    capacity: Capacity.nullable(),
    /** Where browsers open streams, e.g. `ws://localhost:7071/-/streams`. */
    streamUrl: z.string().nullable(),
    /** Languages whose tools are here, with versions. */
    tools: z.record(z.string(), z.string()),
    lastSeenAt: Time.nullable(),
    createdAt: Time,
    generation: z.int(),
  })
  .meta({ id: "DataCenter", description: "A place where agents run components." });
export type DataCenter = z.infer<typeof DataCenter>;
