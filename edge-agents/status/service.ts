import { join } from "node:path";
import type { Cluster } from "../../shared/ports/cluster.ts";
import { writeDurably } from "../runtime/disk.ts";
import { follow } from "../runtime/follow.ts";
import { statusBoard } from "./board.ts";
import { statusServer } from "./grpc.ts";

export interface StatusServiceOptions {
  readonly cluster: Pick<Cluster, "observe" | "onChange" | "capacity">;
  /** `host:port` to listen on; port 0 takes a free one. */
  readonly address: string;
  readonly token: string;
  /** Where `status.json` tells programs of this machine the address and the token; readable by its owner alone. */
  readonly home: string;
}

/** W4: the status of all that runs here, over gRPC, on every replica. */
export async function statusService(options: StatusServiceOptions): Promise<{ readonly address: string; stop(): void }> {
  const { cluster, token, home } = options;
  const board = statusBoard();
  const following = follow(cluster, board.update);
  const server = statusServer({ board, capacity: () => cluster.capacity(), token });
  const port = await server.listen(options.address);
  const address = options.address.replace(/:\d+$/, `:${port}`).replace(/^:/, "localhost:");
  await writeDurably(join(home, "status.json"), JSON.stringify({ address, token }));
  return {
    address,
    stop: () => {
      following.stop();
      server.stop();
    },
  };
}
