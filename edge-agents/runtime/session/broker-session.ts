import mqtt, { type Packet } from "mqtt-packet";
import WebSocket from "ws";
import { Fault } from "../../../shared/base/fault.ts";
import type { AgentPlace } from "../../../shared/contract/agent.ts";
import { type Dial, pongMs } from "./session.ts";

export interface BrokerSessionOptions {
  readonly place: Extract<AgentPlace, { kind: "broker" }>;
  /** Its password. */
  readonly bearer: () => Promise<string>;
}

/** A broker asks the platform who may listen, which may have to start a function first. */
const acceptedMs = 20_000;
const version = 4;

/**
 * By an MQTT 3.1.1 broker over a WebSocket. The platform sends to the client itself, so nothing is subscribed to: it connects, acknowledges
 * what comes, and pings.
 */
export const brokerSession =
  ({ place, bearer }: BrokerSessionOptions): Dial =>
  async (hearing, signal) => {
    const password = await bearer();
    if (signal.aborted) return undefined;
    const socket = new WebSocket(place.url, "mqtt", { handshakeTimeout: 10_000, maxPayload: 64 * 1024 });
    const close = () => socket.terminate();
    const send = (packet: Packet) => socket.send(mqtt.generate(packet));
    signal.addEventListener("abort", close, { once: true });
    let failure: unknown;
    let waiting = setTimeout(close, acceptedMs);
    let ping: NodeJS.Timeout | undefined;
    const begin = () => {
      clearTimeout(waiting);
      ping = setInterval(() => {
        send({ cmd: "pingreq" });
        waiting = setTimeout(close, pongMs);
      }, place.keepAliveSeconds * 1_000);
      hearing.opened();
    };
    const refused = (code: number | undefined) => {
      failure = new Fault("unauthenticated", "The broker refused the agent.", { detail: { code } });
      close();
    };
    const take = (packet: Packet) => {
      switch (packet.cmd) {
        case "connack":
          return packet.returnCode === 0 ? begin() : refused(packet.returnCode);
        case "pingresp":
          return clearTimeout(waiting);
        case "publish":
          if (packet.qos === 1) send({ cmd: "puback", messageId: packet.messageId ?? 0 });
          return hearing.frame(String(packet.payload));
        default:
          return undefined; // nothing else is for a client that neither publishes nor subscribes
      }
    };
    const parser = mqtt.parser({ protocolVersion: version });
    try {
      await new Promise<void>((ended) => {
        parser.on("packet", take);
        parser.on("error", (error) => {
          failure = error;
          close();
        });
        socket.on("open", () =>
          send({
            cmd: "connect",
            protocolId: "MQTT",
            protocolVersion: version,
            clean: true,
            clientId: place.client,
            keepalive: place.keepAliveSeconds,
            username: place.username,
            password: Buffer.from(password),
          }),
        );
        socket.on("message", (data) => void parser.parse(data as Buffer));
        socket.on("error", (error) => {
          failure = error;
        });
        socket.on("close", () => ended());
      });
      return failure;
    } finally {
      clearInterval(ping);
      clearTimeout(waiting);
      signal.removeEventListener("abort", close);
    }
  };
