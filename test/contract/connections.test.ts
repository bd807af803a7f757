import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { brokerSession } from "../../edge-agents/runtime/session/broker-session.ts";
import { withBroker } from "../../shared/adapters/aws/broker.ts";
import { forgetSocket, localConnections, registerSocket } from "../../shared/adapters/local/connections.ts";
import { memoryConnections } from "../../shared/adapters/memory/connections.ts";
import { connectionOf } from "../../shared/domain/agent-place.ts";
import { startBroker } from "../support/broker.ts";
import { eventually } from "../support/eventually.ts";
import { connectionsSuite, connectTo } from "./connections.suite.ts";

connectionsSuite("memory", async () => {
  const connections = memoryConnections();
  let count = 0;
  return {
    connections,
    open: async () => {
      const id = `connection-${++count}`;
      connections.open(id);
      return {
        id,
        get received() {
          return connections.frames.get(id) ?? [];
        },
        isOpen: () => connections.live.has(id),
        close: () => void connections.close(id),
      };
    },
    close: async () => {},
  };
});

/** As the local FaaS registers its sockets. */
connectionsSuite("local", async () => {
  const http = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => http.once("listening", resolve));
  const server = new WebSocketServer({ server: http });
  let count = 0;
  server.on("connection", (socket) => {
    const id = `local-${++count}`;
    registerSocket(id, {
      send: (frame) => new Promise((resolve) => socket.send(frame, (error) => resolve(!error))),
      close: () => socket.close(),
    });
    socket.on("close", () => forgetSocket(id));
    socket.send(id);
  });
  const clients: { close(): void }[] = [];
  return {
    connections: localConnections(),
    open: async () => {
      const client = await connectTo(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
      clients.push(client);
      return { ...client, id: await client.first(), received: client.received };
    },
    close: async () => {
      for (const client of clients) client.close();
      server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
});

/** A broker of MQTT as AWS IoT Core runs one, and agents that listen there. */
connectionsSuite("AWS IoT Core's broker", async () => {
  const allowed = (client: string) => {
    const resource = (kind: string) => `arn:aws:iot:eu-central-1:000000000000:${kind}/${client}`;
    const Statement = [
      { Effect: "Allow", Action: "iot:Connect", Resource: resource("client") },
      { Effect: "Allow", Action: "iot:Receive", Resource: resource("topic") },
    ];
    return [{ Version: "2012-10-17", Statement }];
  };
  const ids = new Map<string, string>();
  const broker = await startBroker({
    authorizer: async (asked) => ({
      isAuthenticated: true,
      principalId: "agent",
      disconnectAfterInSeconds: 86_400,
      refreshAfterInSeconds: 86_400,
      policyDocuments: allowed((asked as { protocolData: { mqtt: { clientId: string } } }).protocolData.mqtt.clientId),
    }),
    told: async ({ clientId: client, eventType, sessionIdentifier: session, versionNumber: version }) => {
      if (eventType === "connected") ids.set(client, connectionOf({ client, session, version }));
    },
  });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const aws = { region: "eu-central-1", endpoint: broker.endpoint, credentials };
  const ending = new AbortController();
  let count = 0;
  return {
    connections: withBroker({ aws, sockets: memoryConnections() }),
    open: async () => {
      count += 1;
      const client = `pluvia-test-agt_${count}`;
      const place = {
        kind: "broker",
        url: broker.url,
        client,
        username: "agent?x-amz-customauthorizer-name=x",
        keepAliveSeconds: 60,
      } as const;
      const own = new AbortController();
      const received: string[] = [];
      const opened = Promise.withResolvers<void>();
      let isOpen = true;
      const dial = brokerSession({ place, bearer: async () => "token" });
      const signal = AbortSignal.any([own.signal, ending.signal]);
      void dial({ opened: opened.resolve, frame: (text) => void received.push(text) }, signal).then(() => {
        isOpen = false;
      });
      await opened.promise;
      await eventually("the broker has told of it", async () => ids.has(client));
      return { id: ids.get(client) ?? "", received, isOpen: () => isOpen, close: () => own.abort() };
    },
    close: async () => {
      ending.abort();
      await broker.stop();
    },
  };
});
