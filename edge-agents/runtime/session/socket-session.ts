import WebSocket, { type ClientOptions } from "ws";
import { Fault } from "../../../shared/base/fault.ts";
import { type Dial, pongMs } from "./session.ts";

export interface SocketSessionOptions {
  readonly cloudUrl: string;
  readonly bearer: () => Promise<string>;
  /** Opens the WebSocket; tests have one of their own. */
  readonly open?: (url: URL, options: ClientOptions) => Socket;
}

/** What is needed of a WebSocket. */
export type Socket = Pick<WebSocket, "readyState" | "send" | "terminate" | "on">;

/** Below API Gateway's 10 idle minutes. */
const pingMs = 9 * 60_000;
/** Costs nobody anything, keeps the networks in between from forgetting the connection, and tells when its other end is gone. */
const keepAliveMs = 60_000;

/** What the library makes of an answer that is no WebSocket. */
const refusedBy = (error: Error): unknown =>
  /response: 40[13]\b/.test(error.message)
    ? new Fault("unauthenticated", "The platform refused the agent.", { cause: error })
    : error;

/** By the platform's own WebSocket. */
export const socketSession =
  ({ cloudUrl, bearer, open = (url, options) => new WebSocket(url, options) }: SocketSessionOptions): Dial =>
  async (hearing, signal) => {
    const url = new URL("/v1/realtime", cloudUrl);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const token = await bearer();
    if (signal.aborted) return undefined;
    const socket = open(url, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: 10_000,
      maxPayload: 64 * 1024,
    });
    const close = () => socket.terminate();
    signal.addEventListener("abort", close, { once: true });
    let failure: unknown;
    let unanswered: NodeJS.Timeout | undefined;
    const ping = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: "ping" }));
      unanswered = setTimeout(close, pongMs);
    }, pingMs);
    try {
      await new Promise<void>((ended) => {
        socket.on("open", () => hearing.opened());
        socket.on("upgrade", (answer) => answer.socket.setKeepAlive(true, keepAliveMs));
        socket.on("message", (data) => {
          clearTimeout(unanswered);
          hearing.frame(String(data));
        });
        socket.on("error", (error) => {
          failure = refusedBy(error);
        });
        socket.on("close", () => ended());
      });
      return failure;
    } finally {
      clearInterval(ping);
      clearTimeout(unanswered);
      signal.removeEventListener("abort", close);
    }
  };
