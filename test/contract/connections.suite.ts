import { WebSocket } from "ws";
import { eventually } from "../support/eventually.ts";
import type { Connections } from "../../shared/ports/connections.ts";

export interface OpenedConnection {
  /** Names it to the port. */
  readonly id: string;
  /** What its other end received, oldest first. */
  readonly received: readonly string[];
  readonly isOpen: () => boolean;
  /** From the other end. */
  readonly close: () => void;
}
export interface ConnectionsWorld {
  readonly connections: Connections;
  readonly open: () => Promise<OpenedConnection>;
  close(): Promise<void>;
}

/** What every Connections promises. */
export function connectionsSuite(name: string, start: () => Promise<ConnectionsWorld>) {
  describe(`Connections: ${name}`, () => {
    let world: ConnectionsWorld;
    beforeEach(async () => {
      world = await start();
    });
    afterEach(() => world.close());

    test("frames arrive whole, in order, and at the one they were sent to", async () => {
      const [ada, bob] = [await world.open(), await world.open()];
      const frames = ["one", "zwei 三 \u{1F600}", "x".repeat(31_000)];
      for (const frame of frames) expect(await world.connections.send(ada.id, frame)).toBe(true);
      await eventually("all frames arrived", async () => ada.received.length === frames.length);
      expect(ada.received).toEqual(frames);
      expect(bob.received).toEqual([]);
    });
    test("a closed connection closes at the other end, and is gone for the next frame", async () => {
      const { id, isOpen } = await world.open();
      await world.connections.close(id);
      await eventually("it closed", async () => !isOpen());
      expect(await world.connections.send(id, "late")).toBe(false);
      await world.connections.close(id);
    });
    test("a connection that its other end closed is gone", async () => {
      const one = await world.open();
      one.close();
      await eventually("it is gone", async () => !(await world.connections.send(one.id, "late")));
    });
    test("one that never was is gone", async () => {
      expect(await world.connections.send("AAAAAAAAAAAAAAA=", "hello")).toBe(false);
    });
    test("a frame that API Gateway would not take is refused", async () => {
      const { id } = await world.open();
      await expect(world.connections.send(id, "é".repeat(16_385))).rejects.toMatchObject({ code: "too_large" });
    });
  });
}

/** The other end, as a client holds it. `first`: the frame that tells its name, which does not count as received. */
export async function connectTo(
  url: string,
): Promise<Omit<OpenedConnection, "id"> & { readonly first: () => Promise<string>; send(frame: string): void }> {
  const socket = new WebSocket(url);
  const received: string[] = [];
  const first = Promise.withResolvers<string>();
  socket.once("message", (name) => {
    first.resolve(String(name));
    socket.on("message", (data) => received.push(String(data)));
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return {
    received,
    first: () => first.promise,
    send: (frame) => socket.send(frame),
    isOpen: () => socket.readyState === socket.OPEN,
    close: () => socket.close(),
  };
}
