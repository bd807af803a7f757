import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as z from "zod";
import type { Access, Credentials } from "./access.ts";
import { unreached } from "./fault.ts";

/** A program that a kubeconfig names, which tells who we are: what the clouds' own clusters want. */
export const ExecCommand = z.looseObject({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});
type ExecCommand = z.infer<typeof ExecCommand>;

/** Source: Kubernetes, client.authentication.k8s.io/v1, ExecCredential. */
const ExecCredential = z.looseObject({
  status: z.looseObject({
    expirationTimestamp: z.string().optional(),
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});

const programMs = 30_000;
/** Asked for anew before it is over: clocks differ, and requests take their time. */
const earlyMs = 60_000;

/** Runs it when there is no credential, or the one there is has come near its end. */
export function execCredential(exec: ExecCommand, tls: Credentials["tls"]): Access["credentials"] {
  let known: { readonly credentials: Credentials; readonly until: number } | undefined;

  async function run(): Promise<Credentials> {
    const info = { apiVersion: exec.apiVersion, kind: "ExecCredential", spec: { interactive: false } };
    const env = {
      ...process.env,
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
      ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    };
    const { stdout } = await promisify(execFile)(exec.command, exec.args ?? [], { env, timeout: programMs });
    const { status } = ExecCredential.parse(JSON.parse(stdout));
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp: end } = status;
    const credentials = {
      tls: cert === undefined && key === undefined ? tls : { ...tls, ...(cert && { cert }), ...(key && { key }) },
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    };
    known = { credentials, until: end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end) - earlyMs };
    return credentials;
  }
  return async () => {
    if (known && Date.now() < known.until) return known.credentials;
    return run().catch((error: unknown) => {
      throw unreached(`at all: ${exec.command}, which the kubeconfig names, tells no credential`, error);
    });
  };
}
