import path from "node:path";
import { Fault } from "../../shared/base/fault.ts";

/** The project's own folder: serverless.yml, sources of the console, node_modules. */
export const project = path.resolve(import.meta.dirname, "../..");

export interface LocalSettings {
  /** Everything the platform keeps. */
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** Applications answer here, at `<name>.localhost`. */
  readonly gatewayPort: number;
  /** Where people reach the platform. */
  readonly url: string;
  readonly logLevel: string;
}

/** The environment, read once. @throws Fault `invalid`. */
export function settingsOf(env: NodeJS.ProcessEnv): LocalSettings {
  const port = portOf("PLUVIA_PORT", env.PLUVIA_PORT, 7070);
  return {
    home: path.resolve(env.PLUVIA_HOME || path.join(project, ".pluvia")),
    host: env.PLUVIA_HOST || "127.0.0.1",
    port,
    gatewayPort: portOf("PLUVIA_GATEWAY_PORT", env.PLUVIA_GATEWAY_PORT, port + 1),
    url: urlOf(env.PLUVIA_URL || `http://localhost:${port}`),
    logLevel: env.PLUVIA_LOG || "info",
  };
}

function portOf(name: string, text: string | undefined, otherwise: number): number {
  const port = text ? Number(text) : otherwise;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Fault("invalid", `${name} is ${text ?? port}, which is no port.`, {
    next: `Set ${name} to a number between 1 and 65534.`,
  });
}

function urlOf(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.pathname === "/") return url.origin;
  throw new Fault("invalid", `PLUVIA_URL is ${text}, which is no address of the platform.`, {
    next: "Set it to something like http://localhost:7070, or leave it out.",
  });
}
