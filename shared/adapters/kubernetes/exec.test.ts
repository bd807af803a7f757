import { EventEmitter } from "node:events";
import { steppedClock } from "../memory/clock.ts";
import { openExec } from "./exec.ts";
import type { Transport } from "./transport.ts";

const place = { namespace: "n", pod: "p", container: "c", columns: 80, rows: 24 };
const [output, status] = [1, 3];
const frame = (channel: number, text: string) => Buffer.from([channel, ...Buffer.from(text)]);

type Socket = EventEmitter & { bufferedAmount: number };

/** A container in which everything runs; `commands`: what was run, newest last. */
function container() {
  const commands: string[] = [];
  const sockets: Socket[] = [];
  const transport = {
    socket: async (_path: string, { command }: { command: readonly string[] }) => {
      commands.push(command.join(" "));
      const socket = Object.assign(new EventEmitter(), {
        bufferedAmount: 0,
        // Nobody takes anything at the other end.
        send: (data: Buffer) => {
          socket.bufferedAmount += data.length;
        },
        ping: () => {},
        close: () => {},
      });
      sockets.push(socket);
      return socket;
    },
  } as unknown as Transport;
  return { transport, commands, sockets };
}
async function open(command: readonly string[] | null) {
  const { transport, commands, sockets } = container();
  const clock = steppedClock();
  const opening = openExec(transport, { ...place, command }, { clock, onError: () => {} });
  await new Promise((resolve) => setImmediate(resolve));
  sockets[0]?.emit("message", frame(output, "$ "));
  const exec = await opening;
  const ended = new Promise<number | null>((resolve) => exec.onExit(resolve));
  return { exec, ended, commands, clock, sockets, socket: sockets[0] as Socket };
}

test("T1: a shell whose connection breaks is told to hang up, as nobody can come back to it", async () => {
  const { ended, commands, socket } = await open(null);
  socket.emit("close");
  expect(await ended).toBeNull();
  expect(commands).toHaveLength(2);
  expect(commands[1]).toContain("kill -HUP");
});
test("T1: a shell is told to hang up until it was: what broke its connection may break others", async () => {
  const { commands, clock, sockets, socket } = await open(null);
  socket.emit("close");
  await clock.advance(0);
  sockets[1]?.emit("close");
  await clock.advance(5_000);
  expect(commands.filter((command) => command.includes("kill -HUP"))).toHaveLength(2);
  sockets[2]?.emit("message", frame(status, JSON.stringify({ status: "Success" })));
  sockets[2]?.emit("close");
  await clock.advance(3_600_000);
  expect(commands).toHaveLength(3);
});
test("T1: a shell that has ended by itself is not looked for", async () => {
  const { ended, commands, socket } = await open(null);
  socket.emit("message", frame(status, JSON.stringify({ status: "Success" })));
  socket.emit("close");
  expect(await ended).toBe(0);
  expect(commands).toHaveLength(1);
});
test("an end that is told in other words than the API's ends the terminal, and nothing else", async () => {
  const { ended, socket } = await open(["top"]);
  socket.emit("message", frame(status, "no JSON"));
  expect(await ended).toBeNull();
});
test("A4: what is typed for a program that reads nothing ends its terminal, before it fills the memory", async () => {
  const { exec, ended, socket } = await open(["sleep", "1d"]);
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let typed = 0; typed < 10_000 && !isOver; typed++) {
    exec.write(Buffer.alloc(16_384));
    await Promise.resolve();
  }
  expect(isOver).toBe(true);
  expect(socket.bufferedAmount).toBeLessThan(2 * 1_024 * 1_024);
});

test("T1: who types much waits until what was typed has been sent on, or is for nobody any more", async () => {
  const { exec, socket } = await open(["psql"]);
  await exec.taken?.();
  exec.write(Buffer.alloc(100_000));
  const told: string[] = [];
  const waiting = exec.taken?.().then(() => told.push("taken"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual([]);
  socket.emit("close");
  await waiting;
  expect(told).toEqual(["taken"]);
});
