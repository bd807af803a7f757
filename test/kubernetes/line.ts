import { connect, createServer, type Socket } from "node:net";

/** A line to a port of this machine, which can be cut. */
export interface Line {
  readonly port: number;
  /** Connections that came while it was cut. */
  refused(): number;
  /** The newest bearer token that went over it. */
  bearer(): string;
  cut(): void;
  mend(): void;
  close(): void;
}

export async function line(to: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let [isCut, refused, bearer] = [false, 0, ""];
  const server = createServer((near) => {
    if (isCut) {
      refused += 1;
      near.destroy();
      return;
    }
    const far = connect(to, "127.0.0.1");
    const hangUp = () => {
      for (const each of [near, far]) {
        each.destroy();
        sockets.delete(each);
      }
    };
    near.on("data", (data) => {
      bearer = /authorization: bearer ([\w.-]+)\r\n/i.exec(data.toString("latin1"))?.[1] ?? bearer;
    });
    for (const each of [near, far]) sockets.add(each.on("error", hangUp).on("close", hangUp));
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const cut = () => {
    isCut = true;
    for (const each of sockets) each.destroy();
  };
  return {
    port: typeof address === "object" && address ? address.port : 0,
    refused: () => refused,
    bearer: () => bearer,
    cut,
    mend: () => {
      isCut = false;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
