import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { Access, Credentials } from "./access.ts";
import { unreached } from "./fault.ts";

/** Where Kubernetes puts it into every pod that has one. */
const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
/** The kubelet replaces the token at four fifths of its life, which is at least ten minutes. */
const freshMs = 60_000;

export interface ServiceAccountParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly folder?: string;
}

/** As the pod we run in: its account's token is read anew every minute. */
export function serviceAccount({ environment, clock, folder: from = folder }: ServiceAccountParts): Access {
  const host = environment["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = environment["KUBERNETES_SERVICE_PORT"] ?? "443";
  let known: { readonly credentials: Credentials; readonly ca: string; readonly until: number } | undefined;

  async function read(): Promise<Credentials> {
    const [token, ca] = await Promise.all(["token", "ca.crt"].map((file) => readFile(join(from, file), "utf8"))).catch(
      (error: unknown) => {
        throw unreached("at all: this pod has no service account", error);
      },
    );
    const tls = known && known.ca === ca ? known.credentials.tls : { ca: ca ?? "" };
    const credentials = { tls, headers: { authorization: `Bearer ${token?.trim()}` } };
    known = { credentials, ca: ca ?? "", until: clock.now().getTime() + freshMs };
    return credentials;
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    credentials: async () => (known && clock.now().getTime() < known.until ? known.credentials : read()),
  };
}
