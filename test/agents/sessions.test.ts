import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { brokerSession } from "../../edge-agents/runtime/session/broker-session.ts";
import { type Dial, preferred } from "../../edge-agents/runtime/session/session.ts";
import { socketSession } from "../../edge-agents/runtime/session/socket-session.ts";
import { Fault, isFault } from "../../shared/base/fault.ts";
import type { AgentPlace } from "../../shared/contract/agent.ts";
import { startBroker, type TestBroker } from "../support/broker.ts";
import { eventually } from "../support/eventually.ts";

const client = "pluvia-test-agt_0000000000000001";
const username = "agent?x-amz-customauthorizer-name=pluvia-test";
type BrokerPlace = Extract<AgentPlace, { kind: "broker" }>;

/** A side that lets in who says "token", hangs up, and falls silent. `told`: the key is there once that is. */
interface Side {
  dial(bearer: string, told?: Promise<unknown>): Dial;
  send(frame: string): void;
  hangUp(): void;
  stop(): Promise<void>;
}

async function socketSide(): Promise<Side> {
  const server: Server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new WebSocketServer({
    server,
    path: "/v1/realtime",
    verifyClient: ({ req }, done) => done(req.headers.authorization === "Bearer token", 401),
  });
  return {
    dial: (bearer, told) =>
      socketSession({
        cloudUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        bearer: async () => told?.then(() => bearer) ?? bearer,
      }),
    send: (frame) => {
      for (const socket of sockets.clients) socket.send(frame);
    },
    hangUp: () => {
      for (const socket of sockets.clients) socket.terminate();
    },
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function broker(): Promise<TestBroker> {
  const resource = (kind: string) => `arn:aws:iot:eu-central-1:000000000000:${kind}/${client}`;
  return startBroker({
    authorizer: async (asked) => {
      const { password } = (asked as { protocolData: { mqtt: { password: string } } }).protocolData.mqtt;
      if (Buffer.from(password, "base64").toString() !== "token") return { isAuthenticated: false };
      const allow = (Action: string, Resource: string) => ({ Effect: "Allow", Action, Resource });
      const Statement = [allow("iot:Connect", resource("client")), allow("iot:Receive", resource("topic"))];
      const seconds = { disconnectAfterInSeconds: 86_400, refreshAfterInSeconds: 86_400 };
      const policyDocuments = [{ Version: "2012-10-17", Statement }];
      return { isAuthenticated: true, principalId: "agent", ...seconds, policyDocuments };
    },
    told: async () => {},
  });
}
const placeAt = (url: string): BrokerPlace => ({ kind: "broker", url, client, username, keepAliveSeconds: 60 });

async function brokerSide(): Promise<Side> {
  const it = await broker();
  const of = `${it.endpoint}/connections/${client}`;
  return {
    dial: (bearer, told) => brokerSession({ place: placeAt(it.url), bearer: async () => told?.then(() => bearer) ?? bearer }),
    send: (frame) => void fetch(`${of}/messages?confirmation=true&timeout=5&topic=${client}`, { method: "POST", body: frame }),
    hangUp: () => void fetch(of, { method: "DELETE" }),
    stop: () => it.stop(),
  };
}

const began = (dial: Dial) => {
  const ending = new AbortController();
  const frames: string[] = [];
  let opened = 0;
  const ended = dial({ opened: () => (opened += 1), frame: (text) => void frames.push(text) }, ending.signal);
  return { frames, ended, opened: () => opened, stop: () => ending.abort() };
};

describe.each([
  ["the platform's WebSocket", socketSide],
  ["a broker", brokerSide],
] as const)("P6: a session by %s", (_name, start) => {
  let side: Side;
  beforeEach(async () => {
    side = await start();
  });
  afterEach(() => side.stop());

  test("opens once, and brings frames whole and in order", async () => {
    const one = began(side.dial("token"));
    await eventually("it is open", async () => one.opened() === 1);
    side.send('{"n":1}');
    await eventually("the first came", async () => one.frames.length === 1);
    side.send('{"n":"zwei 三"}');
    await eventually("both came", async () => one.frames.length === 2);
    expect(one.frames).toEqual(['{"n":1}', '{"n":"zwei 三"}']);
    one.stop();
    expect(await one.ended).toBeUndefined();
    expect(one.opened()).toBe(1);
  });
  test("ends when the other side hangs up, without a fault", async () => {
    const one = began(side.dial("token"));
    await eventually("it is open", async () => one.opened() === 1);
    side.hangUp();
    expect(await one.ended).toBeUndefined();
  });
  test("that is given up before its key is there is never opened", async () => {
    let tell = (): void => {};
    const one = began(side.dial("token", new Promise<void>((resolve) => (tell = resolve))));
    one.stop();
    tell();
    expect(await one.ended).toBeUndefined();
    expect(one.opened()).toBe(0);
  });
  test("is refused to whoever is not known, and never opens", async () => {
    const one = began(side.dial("stolen"));
    expect(isFault(await one.ended, "unauthenticated")).toBe(true);
    expect(one.opened()).toBe(0);
  });
});

test("P6: an agent that may be known at the broker can neither subscribe nor publish there", async () => {
  const it = await broker();
  const one = began(brokerSession({ place: placeAt(it.url), bearer: async () => "token" }));
  await eventually("it is open", async () => one.opened() === 1);
  expect(it.clients()).toEqual([client]);
  const other = await fetch(`${it.endpoint}/connections/${client}/messages?confirmation=true&timeout=1&topic=elsewhere`, {
    method: "POST",
    body: "{}",
  });
  expect(other.status).toBe(403);
  one.stop();
  await one.ended;
  await it.stop();
});

describe("where to listen", () => {
  const tried: string[] = [];
  const way =
    (name: string, opens: () => boolean): Dial =>
    async (hearing) => {
      tried.push(name);
      if (!opens()) return new Fault("unavailable", "blocked");
      hearing.opened();
      return undefined;
    };
  const place = placeAt("wss://broker.example.org/mqtt");
  const ask = async (dial: Dial, times: number) => {
    tried.length = 0;
    for (let at = 0; at < times; at++) await began(dial).ended;
    return tried;
  };
  const always = () => true;
  const never = () => false;

  test("P6: at the broker, if the platform has one; else at its WebSocket", async () => {
    const ways = { socket: way("socket", always), broker: () => way("broker", always), log: () => {} };
    expect(await ask(preferred({ ...ways, place: async () => place }), 2)).toEqual(["broker", "broker"]);
    expect(await ask(preferred({ ...ways, place: async () => ({ kind: "socket" }) }), 2)).toEqual(["socket", "socket"]);
  });
  test("P6: a network that lets nobody to the broker still has the platform's own WebSocket", async () => {
    const ways = { socket: way("socket", always), broker: () => way("broker", never), log: () => {} };
    expect(await ask(preferred({ ...ways, place: async () => place }), 4)).toEqual(["broker", "socket", "broker", "socket"]);
  });
  test("P6: the place is asked for once, and again when it could not be opened", async () => {
    let asked = 0;
    let opens = true;
    const dial = preferred({
      place: async () => {
        asked += 1;
        return place;
      },
      socket: way("socket", always),
      broker: () => way("broker", () => opens),
      log: () => {},
    });
    await ask(dial, 3);
    expect(asked).toBe(1);
    opens = false;
    await ask(dial, 1);
    opens = true;
    await ask(dial, 2);
    expect(asked).toBe(2);
  });
});
