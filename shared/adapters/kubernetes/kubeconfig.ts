import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { Fault } from "../../base/fault.ts";
import type { Access, Credentials } from "./access.ts";
import { ExecCommand, execCredential } from "./exec-credential.ts";

const Named = <N extends string, T extends z.ZodType>(name: N, of: T) =>
  z.array(z.looseObject({ name: z.string(), [name]: of } as { name: z.ZodString } & Record<N, T>)).default([]);
const Cluster = z.looseObject({
  server: z.string(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": z.string().optional(),
  "proxy-url": z.string().optional(),
});
const User = z.looseObject({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  exec: ExecCommand.nullish(),
  "auth-provider": z.unknown().optional(),
});
type User = z.infer<typeof User>;
/** Source: Kubernetes, client authentication v1 and kubeconfig v1. */
const Kubeconfig = z.looseObject({
  "current-context": z.string().optional(),
  contexts: Named("context", z.looseObject({ cluster: z.string(), user: z.string().optional() })),
  clusters: Named("cluster", Cluster),
  users: Named("user", User),
});

const unusable = (why: string, next: string): Fault => new Fault("invalid", `This kubeconfig ${why}.`, { next });
/** Content given as base64, or the name of a file that has it. */
const contentOf = (data: string | undefined, file: string | undefined): Buffer | undefined =>
  data !== undefined ? Buffer.from(data, "base64") : file === undefined ? undefined : readFileSync(file);

function headersOf({ token, tokenFile, username, password }: User): Credentials["headers"] {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (tokenFile !== undefined) return { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` };
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` };
}

/** As a kubeconfig's current context says. @throws Fault `invalid` when it cannot be used */
export function kubeconfig(text: string): Access {
  const read = Kubeconfig.safeParse(parse(text));
  if (!read.success) throw unusable("cannot be read", "Give one that kubectl works with.");
  const config = read.data;
  const context = (config.contexts.find((c) => c.name === config["current-context"]) ?? config.contexts[0])?.context;
  const cluster = config.clusters.find((c) => c.name === context?.cluster)?.cluster;
  const user: User = config.users.find((u) => u.name === context?.user)?.user ?? {};
  if (!cluster) throw unusable("names no cluster", "Choose a context of it: kubectl config use-context.");
  if (cluster["proxy-url"] !== undefined)
    throw unusable("reaches its API server through a proxy", "Give one that reaches it directly.");
  if (user["auth-provider"] !== undefined)
    throw unusable("uses an auth-provider, which Kubernetes has given up", "Give one with exec, a token or a certificate.");
  const ca = contentOf(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const cert = contentOf(user["client-certificate-data"], user["client-certificate"]);
  const key = contentOf(user["client-key-data"], user["client-key"]);
  const tls: Credentials["tls"] = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(cluster["insecure-skip-tls-verify"] && { rejectUnauthorized: false }),
    ...(cluster["tls-server-name"] && { servername: cluster["tls-server-name"] }),
  };
  const executed = user.exec ? execCredential(user.exec, tls) : undefined;
  return {
    server: cluster.server.replace(/\/$/, ""),
    credentials: executed ?? (async () => ({ tls, headers: headersOf(user) })),
  };
}
