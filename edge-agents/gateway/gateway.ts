import { mkdirSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type Route, type RunningComponent, routeKey, routesFor } from "../../shared/domain/gateway/route.ts";
import type { Cluster, Traffic } from "../../shared/ports/cluster.ts";
import { portAllocation } from "./allocation.ts";
import { backendPool } from "./backends.ts";
import { chooser } from "./choose.ts";
import { entrances } from "./entrances.ts";
import { follow } from "../runtime/follow.ts";
import { type Answer, httpFront, type Mount } from "./front.ts";
import type { HttpParts } from "./http.ts";
import { type Endpoint, reaches } from "./reach.ts";
import { routeTable } from "./table.ts";
import { serveTcp } from "./tcp.ts";

export interface GatewayOptions {
  /** Of HTTP; 0 takes any free one. */
  readonly port: number;
  /** Folder that allocated ports are kept in. */
  readonly home: string;
  /** Addresses to listen on; those that the machine lacks are left out. Browsers and curl resolve `*.localhost` to both defaults. */
  readonly hosts?: readonly string[];
  /** `<label>.<suffix>` names an application. The first one is shown to people. */
  readonly suffixes?: readonly string[];
  /** Where people reach the HTTP port, when that is not `http://<suffix>:<port>`: its scheme and port are shown. */
  readonly publicUrl?: string;
  /** How long a request waits for an application that is starting. */
  readonly holdMs?: number;
  /** How long an application may take to answer who asks for a WebSocket. */
  readonly handshakeMs?: number;
  /** How long nothing may be heard from an instance's place before what is under way there is given up. */
  readonly lostMs?: number;
  /**
   * Pool of external TCP ports (null: none can be reached from outside), and of the loopback ports by which components reach each other. Both below
   * Linux's ephemeral range.
   */
  readonly tcpPorts?: { readonly from: number; readonly to: number } | null;
  readonly internalPorts?: { readonly from: number; readonly to: number };
}

export interface Address {
  readonly port: number;
  readonly protocol: "http" | "tcp";
  readonly url: string;
}

export interface Gateway {
  /** Resolves when it listens. */
  start(): Promise<{ readonly port: number }>;
  /** Goes on to serve, and sends every client away with its next answer. */
  leave(): void;
  /** Takes no more requests, gives those under way up to `limitMs`, then ends them. */
  stop(limitMs?: number): Promise<void>;
  /** Whether anything is heard from there, be it a refusal. Until it is, requests go elsewhere while there is another place. */
  reaches(endpoint: Endpoint): Promise<boolean>;
  /** For the Cluster adapter: nothing new goes to an endpoint from the moment `drained` is called. */
  readonly traffic: Traffic;
  /** The whole truth about what runs, in place of what was known before. */
  update(running: readonly RunningComponent[]): void;
  /** Keeps the routes as the cluster is, until the answer is called. */
  follow(cluster: Pick<Cluster, "observe" | "onChange">): () => void;
  /** Where components reach `port` of `component`, now and after every restart, whether it runs yet or not. */
  addressFor(component: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** Where people reach a component. Empty before the first update. */
  addresses(component: string): readonly Address[];
  /** WebSocket requests for `path` on a host that is no application's go to `take`. */
  mount(path: string, take: Mount): void;
  /** Requests for `path` on a host that is no application's are answered so. */
  answer(path: string, answer: Answer): void;
}

const loopback = "127.0.0.1";

/** HTTP, WebSocket and TCP entrance of a machine or a cluster. It knows only what it is told by `update`; nothing of it needs the cloud. */
export function embeddedGateway(options: GatewayOptions): Gateway {
  const { home, hosts = [loopback, "::1"], suffixes = ["localhost"], holdMs = 8_000, handshakeMs = 60_000 } = options;
  const { tcpPorts = { from: 30_000, to: 30_999 }, internalPorts = { from: 31_000, to: 32_767 } } = options;
  mkdirSync(home, { recursive: true });
  const pool = backendPool(options.lostMs ?? 30_000);
  const table = routeTable(pool);
  const parts: HttpParts = { pool, chooser: chooser(table, holdMs), suffixes, handshakeMs };
  const front = httpFront(parts);
  const inUse = (key: string) => table.find({ key }) !== undefined;
  const hangUp = (socket: Socket) => () => void socket.destroy();

  const serveInside = async (socket: Socket, key: string) => {
    socket.on("error", hangUp(socket));
    // Which protocol it is, is known once the component is.
    for (const until = performance.now() + holdMs; !inUse(key) && !socket.destroyed && performance.now() < until; )
      await table.change(socket, until - performance.now());
    if (socket.destroyed) return;
    const route = table.find({ key })?.route;
    if (route?.internal !== true) return void socket.resetAndDestroy();
    if (route.protocol === "tcp") return serveTcp(parts, socket, key);
    front.take(socket, key);
  };

  const tcpAllocation = portAllocation({ file: join(home, "tcp-ports.json"), ...(tcpPorts ?? { from: 1, to: 0 }), inUse });
  const external = entrances({ hosts, allocation: tcpAllocation, serve: (socket, key) => serveTcp(parts, socket, key) });
  const internalAllocation = portAllocation({ file: join(home, "internal-ports.json"), ...internalPorts, inUse });
  const internal = entrances({ hosts: [loopback], allocation: internalAllocation, serve: serveInside });
  /** External TCP ports that listen, by route. */
  const openPorts = new Map<string, number>();
  let wantedOutside: ReadonlySet<string> = new Set();
  const openExternal = async (key: string) => {
    const opened = await external.open(key);
    // Meanwhile it may have been given up, and with that closed.
    if (wantedOutside.has(key)) openPorts.set(key, opened);
  };
  let refresh = () => {};
  let port = options.port;

  const urlOf = (label: string): string => {
    const { protocol, port: shown } = new URL(options.publicUrl ?? `http://${suffixes[0]}:${port}`);
    return `${protocol}//${label}.${suffixes[0]}${shown && `:${shown}`}`;
  };
  const addressOf = (route: Route): readonly Address[] => {
    if (!route.external) return [];
    if (route.protocol === "http")
      return route.labels.map((label) => ({ port: route.port, protocol: "http", url: urlOf(label) }));
    const tcpPort = openPorts.get(route.key);
    return tcpPort === undefined ? [] : [{ port: route.port, protocol: "tcp", url: `tcp://${suffixes[0]}:${tcpPort}` }];
  };

  /** Of what has not changed since, the very same. */
  const routes = new WeakMap<RunningComponent, readonly Route[]>();
  const routesOf = (running: RunningComponent): readonly Route[] => {
    const known = routes.get(running) ?? routesFor([running]);
    routes.set(running, known);
    return known;
  };

  return {
    async start() {
      port = await front.listen(hosts, options.port);
      await Promise.all(internalAllocation.names().map((name) => internal.open(name)));
      return { port };
    },
    leave: front.leave,
    async stop(limitMs = 5_000) {
      await front.stop(limitMs);
      pool.close();
      await Promise.all([external.close(), internal.close()]);
    },
    async reaches(endpoint) {
      const isThere = await reaches(endpoint);
      if (!isThere) pool.suspectAt(endpoint);
      return isThere;
    },
    traffic: {
      drained(endpoint, limitMs) {
        const done = pool.drained(endpoint, limitMs);
        void refresh();
        return done;
      },
    },
    update(running) {
      const now = running.flatMap(routesOf);
      table.update(now);
      const outside = tcpPorts === null ? [] : now.filter((route) => route.external && route.protocol === "tcp");
      wantedOutside = new Set(outside.map((route) => route.key));
      external.keep(wantedOutside);
      for (const key of openPorts.keys()) if (!wantedOutside.has(key)) openPorts.delete(key);
      for (const key of wantedOutside) if (!openPorts.has(key)) openExternal(key).catch((error) => process.emitWarning(error));
    },
    follow(cluster) {
      const following = follow(cluster, (running) => this.update(running));
      refresh = following.refresh;
      return following.stop;
    },
    async addressFor(component, componentPort) {
      return { host: loopback, port: await internal.open(routeKey(component, componentPort)) };
    },
    addresses: (component) => table.ofComponent(component).flatMap(({ route }) => addressOf(route)),
    mount: front.mount,
    answer: front.answer,
  };
}
