import { createHash, timingSafeEqual } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  loadPackageDefinition,
  type Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServerUnaryCall,
  type ServerWritableStream,
  status as codes,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Capacity } from "../../shared/contract/data-center.ts";
import type { StatusBoard, StatusRow } from "./board.ts";

export const statusProto = fileURLToPath(new URL("./status.proto", import.meta.url));
export const protoOptions = { longs: Number, defaults: true, oneofs: true } as const;

export interface StatusServerOptions {
  readonly board: StatusBoard;
  readonly capacity: () => Promise<Capacity>;
  /** What callers must show. */
  readonly token: string;
}

const pageSizeMax = 1_000;
const pageSizeDefault = 100;

/** The Status service of status.proto. Any replica answers any call. */
export function statusServer(options: StatusServerOptions): {
  /** `address` is `host:port`, port 0 takes a free one; without a host every address of the machine. Answers the port. */
  listen(address: string): Promise<number>;
  stop(): void;
} {
  const server = new Server();
  const allowed = admission(options.token);
  server.addService(serviceDefinition(), {
    ListComponents: allowed.unary(async (request: ListRequest) => listComponents(options.board.rows(), request)),
    GetCapacity: allowed.unary(() => options.capacity()),
    WatchComponents: allowed.stream((call: WatchCall) => watchComponents(options.board, call)),
  });
  const bind = (address: string): Promise<number> =>
    new Promise((resolve, reject) =>
      server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
    );
  return {
    // `::` takes IPv4 too; machines without IPv6 do not know it.
    listen: (address) =>
      address.startsWith(":") ? bind(`[::]${address}`).catch(() => bind(`0.0.0.0${address}`)) : bind(address),
    stop: () => server.forceShutdown(),
  };
}

function serviceDefinition(): ServiceDefinition {
  const loaded = loadPackageDefinition(loadSync(statusProto, protoOptions)) as unknown as {
    pluvia: { status: { v1: { Status: { service: ServiceDefinition } } } };
  };
  return loaded.pluvia.status.v1.Status.service;
}

interface ListRequest {
  readonly tenant: string;
  readonly pageSize: number;
  readonly pageToken: string;
}
type WatchCall = ServerWritableStream<{ tenant: string }, object>;

/** Equal in time whatever the token; both sides are hashed so that their lengths are alike. */
function admission(token: string) {
  const hashOf = (text: string) => createHash("sha256").update(text).digest();
  const wanted = hashOf(`Bearer ${token}`);
  const refusal = (metadata: Metadata) =>
    timingSafeEqual(hashOf(String(metadata.get("authorization")[0] ?? "")), wanted)
      ? null
      : {
          code: codes.UNAUTHENTICATED,
          details: "Send the metadata `authorization: Bearer TOKEN` with the data center's status token.",
        };
  return {
    unary:
      <Q, A>(answer: (request: Q) => Promise<A>) =>
      (call: ServerUnaryCall<Q, A>, reply: sendUnaryData<A>) => {
        const refused = refusal(call.metadata);
        if (refused) return reply(refused);
        answer(call.request).then(
          (value) => reply(null, value),
          (error: unknown) => reply({ code: codes.UNAVAILABLE, details: error instanceof Error ? error.message : String(error) }),
        );
      },
    stream: (serve: (call: WatchCall) => void) => (call: WatchCall) => {
      const refused = refusal(call.metadata);
      if (refused) call.emit("error", refused);
      else serve(call);
    },
  };
}

const isOf = (tenant: string) => (row: { readonly tenant: string }) => tenant === "" || row.tenant === tenant;

function listComponents(rows: readonly StatusRow[], request: ListRequest) {
  const size = Math.min(request.pageSize || pageSizeDefault, pageSizeMax);
  const rest = rows.filter(isOf(request.tenant)).filter((row) => row.id > request.pageToken);
  const page = rest.slice(0, size);
  return { components: page.map(componentOf), nextPageToken: rest.length > size ? (page.at(-1)?.id ?? "") : "" };
}

/** What a reader has not taken yet is kept as one newest event per component: memory stays bounded however slow it is. */
function watchComponents(board: StatusBoard, call: WatchCall): void {
  const wanted = isOf(call.request.tenant);
  const pending = new Map<string, object>();
  let held = false;
  const flush = () => {
    for (const [id, event] of pending) {
      if (held) return;
      pending.delete(id);
      held = !call.write(event);
    }
  };
  const push = (id: string, event: object) => {
    pending.set(id, event); // keeps its place in the line
    flush();
  };
  call.on("drain", () => {
    held = false;
    flush();
  });
  for (const row of board.rows().filter(wanted)) push(row.id, { changed: componentOf(row) });
  push("", { synced: {} });
  const unlisten = board.listen((change) => {
    if (change.kind === "changed" && wanted(change.row)) push(change.row.id, { changed: componentOf(change.row) });
    if (change.kind === "removed" && wanted(change)) push(change.id, { removed: change.id });
  });
  call.on("cancelled", unlisten);
  call.on("close", unlisten);
}

const takesTraffic = (row: StatusRow) => row.instances.filter((instance) => instance.state === "ready");

function componentOf(row: StatusRow) {
  return {
    ...row,
    servingRelease: row.serving ?? "",
    instances: row.instances.map((i) => ({ ...i, memoryBytes: i.memoryBytes ?? 0, cpuMillis: i.cpuMillis ?? 0 })),
    endpoints: takesTraffic(row).flatMap((i) => i.endpoints.map((endpoint) => ({ ...endpoint, instance: i.id }))),
  };
}
