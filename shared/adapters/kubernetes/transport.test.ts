import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { transport } from "./transport.ts";

test("an answer that is no JSON is a fault: whoever can do without it does", async () => {
  const server = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const own = transport({ server: `http://127.0.0.1:${port}`, credentials: async () => ({ tls: {}, headers: {} }) });
  const failure = await own.json({ method: "GET", path: "/odd" }).catch((error: unknown) => error);
  own.close();
  await new Promise((closed) => server.close(closed));
  expect(failure).toMatchObject({ code: "unavailable" });
});
