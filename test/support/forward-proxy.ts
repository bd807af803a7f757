import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

export interface ForwardProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** A proxy (CONNECT) that leads to this machine's loopback, whatever host is asked for. */
export async function startForwardProxy(): Promise<ForwardProxy> {
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on("connect", ({ url = "" }, client) => {
    const port = Number(url.slice(url.lastIndexOf(":") + 1));
    const upstream = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
    client.on("close", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
