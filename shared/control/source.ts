import { Fault } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import type { Source } from "../contract/source.ts";
import { addressAllowed, parseAddress } from "../domain/build/address.ts";
import { BuildFailure } from "../domain/build/failure.ts";
import { type GitUrl, parseGitUrl } from "../domain/build/git-url.ts";
import { referenceProblem } from "../domain/image/reference.ts";
import type { BuildLimits } from "../domain/build-limits.ts";
import type { Table, Write } from "../ports/table.ts";
import { keyOf, uploads } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { next, put, read } from "./entity.ts";

export type SourceDeps = { readonly table: Table; readonly buildLimits: Pick<BuildLimits, "privateHostsAllowed"> };

/** @throws Fault `invalid` for a source that could not be fetched whatever happens. The builder looks again, at what names resolve to. */
export async function assertSource(deps: SourceDeps, tenant: TenantId, source: Source): Promise<void> {
  if (source.kind === "upload") await completed(deps, tenant, source.upload);
  if (source.kind === "git") assertGitUrl(source.url, deps.buildLimits.privateHostsAllowed);
  const problem = source.kind === "image" ? referenceProblem(source.image) : null;
  if (problem) {
    const { message, next, rule, params } = problem;
    const fields = [{ path: "source.image", message, rule, params }];
    throw new Fault("invalid", message, { next, reason: rule, params, fields });
  }
}

/** Something begins to use the source: to be written with it, so that the sweep either sees that or comes too early. @throws Fault `invalid`. */
export async function usedSource(deps: Pick<Core, "table" | "clock">, tenant: TenantId, source: Source): Promise<Write[]> {
  if (source.kind !== "upload") return [];
  const upload = await completed(deps, tenant, source.upload);
  return [put(uploads, next(upload, { usedAt: deps.clock.now().toISOString() }))];
}

function assertGitUrl(text: string, allowed: readonly string[]): void {
  const { host } = parsedGitUrl(text);
  const address = parseAddress(host.replace(/^\[|\]$/g, ""));
  if (address && !addressAllowed(host, address, allowed))
    throw refusedUrl(
      "repository.private-address",
      "The repository address is in a private network, which the platform does not fetch from.",
      "Use a public address, or ask the platform's operator to allow this one.",
    );
}

function parsedGitUrl(text: string): GitUrl {
  try {
    return parseGitUrl(text);
  } catch (error) {
    throw error instanceof BuildFailure ? refusedUrl(error.code, error.message, error.next) : error;
  }
}
const refusedUrl = (reason: string, message: string, next: string): Fault =>
  new Fault("invalid", message, { next, reason, fields: [{ path: "source.url", message, rule: reason }] });

async function completed({ table }: Pick<Core, "table">, tenant: TenantId, id: string) {
  const upload = await read(table, uploads, keyOf.upload(tenant, id));
  if (upload?.isComplete) return upload;
  throw upload
    ? refusedUpload("upload.incomplete", `The upload ${id} is not complete.`, "PUT the file to its URL, then complete it.")
    : refusedUpload("upload.unknown", `There is no upload ${id} in this team.`, "Create an upload and use its id.");
}
const refusedUpload = (reason: string, message: string, next: string): Fault =>
  new Fault("invalid", message, { next, reason, fields: [{ path: "source.upload", message, rule: reason }] });
