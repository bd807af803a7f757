import { once } from "node:events";
import { connect } from "node:net";
import { listen } from "./server.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test("who asks for a WebSocket where there is none, and breaks off, ends his own connection alone", async () => {
  const server = await listen({ host: "127.0.0.1", port: 0, parts: [], log: silent });
  const client = connect(server.port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [answer] = await once(client, "data");
  expect(String(answer)).toContain("404 Not Found");
  client.resetAndDestroy();
  await server.stop(60_000);
});

test("who is refused a WebSocket and does not leave holds up no stop", async () => {
  const server = await listen({ host: "127.0.0.1", port: 0, parts: [], log: silent });
  const client = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await once(client, "data");
  await server.stop(60_000);
  client.destroy();
});
