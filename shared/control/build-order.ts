import type { BuildOrder } from "../contract/agent.ts";
import type { BuildLimits } from "../domain/build-limits.ts";
import { valuesOf } from "../domain/release.ts";
import { GitCredential, type Source } from "../contract/source.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Repositories } from "../ports/repositories.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Tokens } from "../ports/tokens.ts";
import { type BuildRecord, type CheckRecord, keyOf, uploads } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { read } from "./entity.ts";
import { currentVariables } from "./sealed-variables.ts";

export interface OrderDeps extends Core {
  readonly secrets: Secrets;
  readonly blobs: BlobStore;
  readonly tokens: Tokens;
  readonly repositories: Repositories;
  readonly buildLimits: BuildLimits;
  readonly settings: { readonly url: string };
}

/** A builder may still report for this long after its time is up. */
const reportSeconds = 600;

/** All a builder needs, secrets open: it goes to the builder's standard input alone. */
export async function buildOrder(deps: OrderDeps, of: BuildRecord | CheckRecord): Promise<BuildOrder> {
  const { seconds, logBytes, sourceBytes, slugBytes, privateHostsAllowed } = deps.buildLimits;
  const component = "component" in of ? of.component : null;
  const [credential, sourceUrl, values, token] = await Promise.all([
    of.credential && deps.secrets.open(of.tenant, of.credential.sealed),
    sourceUrlOf(deps, of, of.source),
    component && currentVariables(deps, { tenant: of.tenant, id: component }),
    buildToken(deps, of),
  ]);
  return {
    version: 1,
    mode: component ? "build" : "check",
    id: of.id,
    attempt: of.attempt,
    tenant: of.tenant,
    component,
    source: of.source,
    credential: credential === null ? null : GitCredential.parse(JSON.parse(credential)),
    sourceUrl,
    language: of.forced,
    variables: values ? valuesOf(values.variables) : {},
    plain: values ? values.variables.filter((v) => v.kind === "plain").map((v) => v.name) : [],
    cloudUrl: deps.settings.url,
    token,
    limits: { seconds, logBytes, sourceBytes, slugBytes },
    privateHostsAllowed: [...privateHostsAllowed],
    ...("trace" in of && of.trace !== undefined && { trace: of.trace }),
  };
}

/** Good for this attempt of this build alone: its order, its reports, its artifact. */
export const buildToken = (
  deps: Pick<OrderDeps, "tokens" | "buildLimits">,
  { id, tenant, attempt }: Pick<BuildRecord | CheckRecord, "id" | "tenant" | "attempt">,
): Promise<string> => deps.tokens.sign("build", { sub: id, tenant, attempt }, deps.buildLimits.seconds + reportSeconds);

/** A builder that was taken for lost, and another begun in its place. `attempt`: of its token; undefined: of one that older versions gave out. */
export const isReplaced = (of: Pick<BuildRecord | CheckRecord, "attempt">, attempt: number | undefined): boolean =>
  attempt !== undefined && attempt !== of.attempt;

async function sourceUrlOf(deps: OrderDeps, of: BuildRecord | CheckRecord, source: Source): Promise<string | null> {
  if (source.kind === "push" && "component" in of) return deps.repositories.url(of.tenant, of.component);
  if (source.kind !== "upload") return null;
  const upload = await read(deps.table, uploads, keyOf.upload(of.tenant, source.upload));
  if (!upload?.isComplete) return null;
  const { seconds } = deps.buildLimits;
  return deps.blobs.readUrl({ namespace: of.tenant, digest: upload.digest, expiresSeconds: seconds });
}
