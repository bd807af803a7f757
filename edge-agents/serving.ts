import { join } from "node:path";
import type { Cluster } from "../shared/ports/cluster.ts";
import type { DurableText } from "../shared/ports/durable-text.ts";
import type { PublicKey } from "../shared/ports/tokens.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { logChannel } from "./logs/channel.ts";
import { type LogStore, logStore } from "./logs/log-store.ts";
import { follow } from "./runtime/follow.ts";
import { log } from "./runtime/log.ts";
import { ticketGate } from "./runtime/ticket.ts";
import type { Settings } from "./settings.ts";
import { statusService } from "./status/service.ts";
import { type StreamServer, streamServer } from "./streams/stream.ts";
import { terminals } from "./terminal/channel.ts";

export interface ServingParts {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly gateway: Gateway;
  readonly usedTickets: DurableText;
  /** Verifies tickets. */
  readonly cloudKey: () => Promise<PublicKey>;
  readonly statusToken: string;
}
export interface Serving {
  readonly logs: LogStore;
  readonly streams: Pick<StreamServer, "upgrade">;
  /** Hangs up on everybody but the gateway's clients. */
  stop(): void;
}

/** What every process of the agents does for people, whether it leads or not: traffic of applications, logs, terminals, status. */
export async function serving({ settings, cluster, gateway, ...parts }: ServingParts): Promise<Serving> {
  const { home, origins, statusAddress } = settings;
  const unfollow = gateway.follow(cluster);
  const logs = logStore({
    home: join(home, "logs"),
    onError: (error) => log({ error }, "an application's output could not be kept"),
  });
  const following = follow(cluster, logs.update);
  const shells = terminals({ cluster, home: join(home, "recordings") });
  const streams = streamServer({
    tickets: ticketGate({ used: parts.usedTickets, key: parts.cloudKey }),
    origins,
    channels: { log: logChannel(logs), terminal: shells.channel },
  });
  const status = await statusService({ cluster, address: statusAddress, token: parts.statusToken, home });
  return {
    logs,
    streams,
    stop() {
      unfollow();
      following.stop();
      status.stop();
      streams.stop();
      shells.stop();
      logs.stop();
    },
  };
}

/** Where the data center's streams are opened, below the address at which people reach its gateway. */
export const streamPath = "/-/streams";
