import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

export interface ForwardProxy {
  readonly url: string;
  /** `name:port` of what was asked for. */
  readonly hosts: ReadonlySet<string>;
  close(): Promise<void>;
}

/** A proxy, for requests and for connections, that leads to this machine's loopback, whatever host is asked for. */
export async function startForwardProxy(): Promise<ForwardProxy> {
  const hosts = new Set<string>();
  const server = createServer((request, response) => {
    // Who asks the proxy itself wants to know that it is there.
    if (!URL.canParse(request.url ?? "")) return response.writeHead(400).end();
    const { host, port, pathname, search } = new URL(request.url ?? "");
    hosts.add(host);
    const { method, headers } = request;
    const upstream = ask({ host: "127.0.0.1", port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    request.pipe(upstream);
  });
  const tunnels = new Set<Duplex>();
  server.on("connect", ({ url = "" }, client) => {
    hosts.add(url);
    tunnels.add(client);
    const port = Number(url.slice(url.lastIndexOf(":") + 1));
    const upstream = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
    client.on("close", () => {
      tunnels.delete(client);
      upstream.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hosts,
    close: async () => {
      server.closeAllConnections();
      for (const tunnel of tunnels) tunnel.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
