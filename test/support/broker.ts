import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Aedes, type AedesOptions, type Client } from "aedes";
import type { Context } from "aws-lambda";
import { createWebSocketStream, WebSocketServer } from "ws";
import * as z from "zod";

/** As AWS IoT Core tells of a client. */
export interface Lifecycle {
  readonly clientId: string;
  readonly timestamp: number;
  readonly eventType: "connected" | "disconnected";
  readonly sessionIdentifier: string;
  readonly versionNumber: number;
}

export interface TestBroker {
  /** Where clients listen. */
  readonly url: string;
  /** Of its data plane. */
  readonly endpoint: string;
  readonly clients: () => readonly string[];
  /** How many packets of each kind clients sent. */
  readonly sent: Readonly<Record<string, number>>;
  /** From now on it answers nothing any more, and holds what is open. */
  freeze(): void;
  stop(): Promise<void>;
}

interface Options {
  /** A function in Lambda's form, asked who may connect. */
  readonly authorizer: (asked: unknown, context: Context) => Promise<unknown>;
  /** What its rule calls. */
  readonly told: (lifecycle: Lifecycle) => Promise<unknown>;
}

const Admitted = z.object({
  isAuthenticated: z.literal(true),
  principalId: z.string().regex(/^[a-zA-Z0-9]{1,128}$/),
  disconnectAfterInSeconds: z.int().min(300).max(86_400),
  refreshAfterInSeconds: z.int().min(300).max(86_400),
  policyDocuments: z.array(
    z.object({
      Version: z.literal("2012-10-17"),
      Statement: z.array(z.object({ Effect: z.literal("Allow"), Action: z.string(), Resource: z.string() })),
    }),
  ),
});
const account = "arn:aws:iot:eu-central-1:000000000000";
const context = { invokedFunctionArn: "arn:aws:lambda:eu-central-1:000000000000:function:agent-listens" } as Context;

/**
 * A broker that others wrote, with what of AWS IoT Core matters here around it: custom authentication by a function, its policy, lifecycle events, and
 * of the data plane's API direct messages and the end of a connection.
 */
export async function startBroker({ authorizer, told }: Options): Promise<TestBroker> {
  const clients = new Map<string, Client>();
  const receives = new Map<string, readonly string[]>();
  const sessions = new Map<Client, { session: string; version: number }>();
  const acknowledged = new Map<string, () => void>();
  const sent: Record<string, number> = {};
  let versions = 0;
  const tell = (client: Client, eventType: Lifecycle["eventType"]) => {
    const { session = "", version = 0 } = sessions.get(client) ?? {};
    const lifecycle = {
      clientId: client.id,
      timestamp: Date.now(),
      eventType,
      sessionIdentifier: session,
      versionNumber: version,
    };
    told(lifecycle).catch(() => {});
  };
  const authenticate: AedesOptions["authenticate"] = (client, username, password, done) => {
    const asked = {
      protocols: ["tls", "http", "mqtt"],
      protocolData: { mqtt: { username, password: password?.toString("base64"), clientId: client.id } },
      connectionMetadata: { id: crypto.randomUUID() },
    };
    const isNamed = /\?x-amz-customauthorizer-name=\S+$/.test(String(username));
    authorizer(asked, context).then(
      (answer) => {
        const allowed = Admitted.safeParse(answer).data?.policyDocuments.flatMap((d) => d.Statement) ?? [];
        const may = (action: string) => allowed.filter((s) => s.Action === action).map((s) => s.Resource);
        receives.set(client.id, may("iot:Receive"));
        done(null, isNamed && may("iot:Connect").includes(`${account}:client/${client.id}`));
      },
      () => done(null, false),
    );
  };
  const refuse = new Error("its policy does not allow it");
  const broker = await Aedes.createBroker({
    authenticate,
    authorizePublish: (_client, _packet, done) => done(refuse),
    authorizeSubscribe: (_client, _subscription, done) => done(refuse),
  });
  broker.on("clientReady", (client) => {
    versions += 1;
    sessions.set(client, { session: crypto.randomUUID(), version: versions });
    clients.set(client.id, client);
    tell(client, "connected");
  });
  broker.on("clientDisconnect", (client) => {
    if (clients.get(client.id) === client) clients.delete(client.id);
    tell(client, "disconnected");
  });
  broker.on("ack", (_packet, client) => acknowledged.get(client.id)?.());
  broker.on("ping", () => {
    sent["pingreq"] = (sent["pingreq"] ?? 0) + 1;
  });

  const fail = (response: ServerResponse, status: number, code: string) =>
    response.writeHead(status, { "x-amzn-errortype": code, "content-type": "application/json" }).end(`{"message":"${code}"}`);
  const direct = async (client: Client, topic: string, payload: Buffer, seconds: number): Promise<boolean> => {
    const acked = new Promise<boolean>((resolve) => {
      acknowledged.set(client.id, () => resolve(true));
      setTimeout(() => resolve(false), seconds * 1_000).unref();
    });
    client.publish({ cmd: "publish", topic, payload, qos: 1, dup: false, retain: false }, () => {});
    return acked;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://iot");
    const [, of, id = "", what] = pathname.split("/");
    const client = clients.get(decodeURIComponent(id));
    const body = await buffer(request);
    if (of !== "connections" || !client) return fail(response, 404, "ResourceNotFoundException");
    if (request.method === "DELETE") {
      client.close();
      return response.end("{}");
    }
    if (request.method !== "POST" || what !== "messages") return fail(response, 400, "InvalidRequestException");
    const topic = searchParams.get("topic") ?? "";
    if (!receives.get(client.id)?.includes(`${account}:topic/${topic}`)) return fail(response, 403, "ForbiddenException");
    const isConfirmed = await direct(client, topic, body, Number(searchParams.get("timeout")));
    if (!isConfirmed) return fail(response, 504, "GatewayTimeoutException");
    return response.writeHead(200, { "content-type": "application/json" }).end('{"message":"OK","traceId":"1"}');
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new WebSocketServer({ server, path: "/mqtt", handleProtocols: () => "mqtt" });
  let frozen = false;
  sockets.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on("error", () => {});
    broker.handle(stream, request);
    if (frozen) stream.pause();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/mqtt`,
    endpoint: `http://127.0.0.1:${port}`,
    clients: () => [...clients.keys()],
    sent,
    freeze() {
      frozen = true;
      for (const client of sockets.clients) client.pause();
    },
    async stop() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      await new Promise<void>((resolve) => void broker.close(resolve));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
