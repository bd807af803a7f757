import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Read once, by main.ts. */
export interface Settings {
  readonly home: string;
  /** What no application may see, beside our own home: all that the platform keeps on this machine. */
  readonly hidden: string | undefined;
  readonly cloudUrl: string;
  readonly joinToken: string | undefined;
  readonly gatewayPort: number;
  /** Of the status service (gRPC). */
  readonly statusAddress: string;
  /** Origins of the console, whose pages may open streams; on one machine the first one's host is where browsers find it. */
  readonly origins: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

export function settingsOf(env: Environment): Settings {
  return {
    home: env["PLUVIA_AGENT_HOME"] ?? join(process.cwd(), ".pluvia", "agent"),
    hidden: env["PLUVIA_HIDDEN"],
    cloudUrl: env["PLUVIA_CLOUD_URL"] ?? "http://localhost:7070",
    joinToken: env["PLUVIA_JOIN_TOKEN"] || undefined,
    gatewayPort: Number(env["PLUVIA_GATEWAY_PORT"] ?? 7071),
    statusAddress: env["PLUVIA_STATUS_ADDRESS"] ?? "127.0.0.1:0",
    origins: (env["PLUVIA_ORIGINS"] ?? new URL(env["PLUVIA_CLOUD_URL"] ?? "http://localhost:7070").origin).split(","),
    environment: { ...env },
  };
}
