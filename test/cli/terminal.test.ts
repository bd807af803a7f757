import { readFile } from "node:fs/promises";
import { spawn } from "@lydell/node-pty";
import { type WebSocket, WebSocketServer } from "ws";
import type { ClientFrame, ServerFrame } from "../../shared/contract/stream.ts";
import { startContractServer } from "../support/contract-server.ts";
import { applicationRecord, componentRecord, operationRecord } from "../support/records.ts";
import { bin, type Cli, newCli } from "./run.ts";

const at = "2026-11-21T12:00:00.000Z";
const team = { id: "tnt_0000000000000001", name: "Ada's team", role: "owner" } as const;
const user = { id: "usr_0000000000000001", email: "ada@example.com", name: "Ada", createdAt: at } as const;

let server: Awaited<ReturnType<typeof startContractServer>>;
let cli: Cli;
const start = async (answers: Parameters<typeof startContractServer>[0]): Promise<void> => {
  server = await startContractServer({
    applicationList: () => ({ items: [applicationRecord()] }),
    componentList: () => ({ items: [componentRecord()] }),
    componentView: () => componentRecord(),
    ...answers,
  });
  cli = await newCli(server.url);
};
afterEach(() => Promise.all([server.stop(), cli.remove()]));

/** The command on a terminal, and someone who types an answer once the screen shows what they wait for. */
function onTerminal(
  args: string[],
  answers: readonly { readonly after: RegExp; readonly type: string }[],
  env: Record<string, string> = {},
  cols = 100,
): Promise<{ code: number; screen: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    cols,
    rows: 30,
    cwd: cli.folder,
    env: { ...cli.env, TERM: "xterm", ...env },
  });
  const left = [...answers];
  let screen = "";
  child.onData((data) => {
    screen += data;
    const [next] = left;
    if (next && screen.search(next.after) !== -1) {
      left.shift();
      child.write(next.type);
    }
  });
  return new Promise((resolve) => child.onExit(({ exitCode }) => resolve({ code: exitCode, screen })));
}

test("a password is asked for and not shown", async () => {
  await start({
    sessionCreate: ({ body }) => ({
      user: { ...user, email: body.email },
      teams: [team],
      csrf: "x",
      expiresAt: at,
      token: `pluvia_session_${body.password.length}`,
    }),
  });
  const { code, screen } = await onTerminal(
    ["login"],
    [
      { after: /E-mail: /, type: "ada@example.com\r" },
      { after: /Password: /, type: "hidden-secret\r" },
    ],
  );
  expect(code).toBe(0);
  expect(screen).not.toContain("hidden-secret");
  expect(await readFile(cli.config, "utf8")).toContain("pluvia_session_13");
});

test("what cannot be undone is asked about, and no means no", async () => {
  await start({ applicationRemove: () => applicationRecord({ removing: true }) });
  const no = await onTerminal(["apps", "remove", "shop"], [{ after: /Go on\? \[y\/N\] /, type: "n\r" }]);
  expect([no.code, server.seen.some((s) => s.operation === "applicationRemove")]).toEqual([1, false]);
  const yes = await onTerminal(["apps", "remove", "shop"], [{ after: /Go on\? \[y\/N\] /, type: "y\r" }]);
  expect([yes.code, server.seen.some((s) => s.operation === "applicationRemove")]).toEqual([0, true]);
});

test("on a terminal an operation is followed to its end, step by step, without being asked to", async () => {
  const step = {
    name: "healthy",
    state: "succeeded" as const,
    startedAt: at,
    endedAt: "2026-11-21T12:00:02.500Z",
    message: null,
  };
  await start({
    componentRestart: () => ({ operation: operationRecord(), component: componentRecord() }),
    operationView: () => operationRecord({ state: "succeeded", generation: 2, steps: [step] }),
  });
  const { code, screen } = await onTerminal(["restart", "--app", "shop", "--name", "web"], []);
  expect(code).toBe(0);
  expect(screen).toContain("✓ healthy 2.5 s");
  expect(screen).toContain("http://web-shop.localhost:7071");
});

test("T1: exec without a command is a terminal: keys go there one by one, Ctrl-C too", async () => {
  await start({
    terminalCreate: () => ({
      url: `${server.url.replace("http", "ws")}/-/streams`,
      ticket: "t",
      expiresAt: "2027-01-01T00:00:00.000Z",
    }),
  });
  const sockets = new WebSocketServer({ server: server.server });
  let typed = "";
  let size: ClientFrame | undefined;
  sockets.on("connection", (socket: WebSocket) => {
    const send = (frame: ServerFrame): void => socket.send(JSON.stringify(frame));
    let sequence = 0;
    const print = (id: string, data: string): void =>
      send({ type: "data", id, sequence: ++sequence, data: { kind: "output", data } });
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as ClientFrame;
      if (frame.type === "subscribe") {
        size = frame;
        send({ type: "subscribed", id: frame.id, resumed: true });
        print(frame.id, "/app $ ");
      }
      if (frame.type !== "input") return;
      typed += frame.data;
      send({ type: "typed", id: frame.id, sequence: frame.sequence });
      if (typed.endsWith("\u0003")) print(frame.id, "^C interrupted");
      if (typed.endsWith("exit\r")) send({ type: "ended", id: frame.id, reason: "it exited", exitCode: 5 });
    });
  });
  const { code } = await onTerminal(
    ["exec", "--app", "shop", "--name", "web"],
    [
      { after: /app \$ /, type: "sleep 9\r\u0003" },
      { after: /interrupted/, type: "exit\r" },
    ],
  );
  sockets.close();
  expect([code, typed]).toEqual([5, "sleep 9\r\u0003exit\r"]);
  expect(size).toMatchObject({ columns: 100, rows: 30 });
});

test("a table is no wider than the terminal: its widest texts are cut, ids never; what is piped is whole", async () => {
  const long = { ...team, name: "A team that is called by more words than one line has" };
  await start({ sessionView: () => ({ user, teams: [long], csrf: "x", expiresAt: at }) });
  const { screen } = await onTerminal(["teams"], [], {}, 60);
  const rows = screen.trimEnd().split("\r\n");
  expect(Math.max(...rows.map((row) => row.length))).toBe(60);
  expect(rows.at(-1)).toMatch(/A team that is called by .*… {2}owner {2}tnt_0000000000000001$/);
  expect((await cli.run(["teams"])).stdout).toContain(`${long.name}  owner`);
});
