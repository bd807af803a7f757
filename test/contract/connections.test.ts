import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { forgetSocket, localConnections, registerSocket } from "../../shared/adapters/local/connections.ts";
import { memoryConnections } from "../../shared/adapters/memory/connections.ts";
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
