import { createServer, type IncomingMessage, request, type RequestListener, type Server } from "node:http";
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";

export interface App {
  readonly port: number;
  close(): Promise<void>;
}

const listen = async (server: Server | NetServer, port: number, sockets: Set<Socket>): Promise<App> => {
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** An application on loopback; closing it cuts its connections as a crash does. */
export const httpApp = (answer: RequestListener, port = 0): Promise<App> => listen(createServer(answer), port, new Set());
export const tcpApp = (take: (socket: Socket) => void): Promise<App> =>
  listen(createNetServer({ allowHalfOpen: true }, take), 0, new Set());
export const serverApp = (server: Server): Promise<App> => listen(server, 0, new Set());

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export const textOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString();
};

/** One request through the gateway to `<label>.localhost`, on a connection of its own. */
export const ask = (
  port: number,
  host: string,
  options: { path?: string; method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { path = "/", method = "GET", headers = {}, body } = options;
    const sent = request({ host: "127.0.0.1", port, path, method, agent: false, headers: { host, ...headers } }, (response) => {
      textOf(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        reject,
      );
    });
    sent.once("error", reject);
    sent.end(body);
  });
