import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import WebSocket, { WebSocketServer } from "ws";
import { handOver } from "../../edge-agents/streams/hand-over.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A replica that answers every message with its name; `leader` is whom it takes for the one that leads. */
async function replica(name: string, leader: () => Promise<string | undefined>) {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(`${name}: ${data}`)));
  const server = createServer().listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const serve: Parameters<typeof handOver>[0]["serve"] = (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (open) => sockets.emit("connection", open, request));
  server.on("upgrade", handOver({ leader, own: address, serve }));
  return address;
}
/** The answer to `hello`, or how the connection ended. */
async function said(address: string): Promise<string> {
  const socket = new WebSocket(`ws://${address}/-/streams?ticket=x`);
  socket.on("open", () => socket.send("hello"));
  const answer = await once(socket, "message").then(
    ([data]) => String(data),
    () => "broken",
  );
  socket.terminate();
  return answer;
}

test("W4: a stream opened at any replica is served by the one that leads", async () => {
  let leads = "";
  const leader = async () => leads;
  const [one, two] = await Promise.all([replica("one", leader), replica("two", leader)]);
  leads = two;
  expect(await said(one)).toBe("two: hello");
  expect(await said(two)).toBe("two: hello");
});
test("where no leader is known, or it cannot be asked for, whoever is reached serves", async () => {
  const none = await replica("none", async () => undefined);
  const away = await replica("away", async () => Promise.reject(new Error("the cluster does not answer")));
  expect(await said(none)).toBe("none: hello");
  expect(await said(away)).toBe("away: hello");
});
test("a leader whose address is none ends the connection, and nothing else", async () => {
  const one = await replica("one", async () => "nowhere");
  expect(await said(one)).toBe("broken");
});
test("two that each take the other for the leader do not send a client round and round", async () => {
  const address = { one: "", two: "" };
  address.one = await replica("one", async () => address.two);
  address.two = await replica("two", async () => address.one);
  expect(await said(address.one)).toBe("two: hello");
});
test("for a client that has gone before the leader was known nothing is opened there", async () => {
  const [asked, known] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const two = await replica("two", async () => undefined);
  const opened: Socket[] = [];
  servers[0]?.on("connection", (socket) => opened.push(socket));
  const one = await replica("one", async () => {
    asked.resolve();
    await known.promise;
    return two;
  });
  const entered = once(servers[1] as Server, "connection") as Promise<[Socket]>;
  const gone = connect(Number(one.split(":")[1]), "127.0.0.1");
  gone.write("GET /-/streams HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [socket] = await entered;
  await asked.promise;
  socket.on("error", () => socket.destroy());
  gone.resetAndDestroy();
  await new Promise((closed) => socket.once("close", closed));
  known.resolve();
  expect(await said(one)).toBe("two: hello");
  expect(opened.length).toBe(1);
});
test("a leader that is gone ends the connection: the client comes again", async () => {
  const one = await replica("one", async () => "127.0.0.1:1");
  expect(await said(one)).toBe("broken");
});
