import { Fault } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import type { Source } from "../contract/source.ts";
import type { Table } from "../ports/table.ts";
import { keyOf, uploads } from "./component-tables.ts";
import { read } from "./entity.ts";

/** @throws Fault `invalid` for a source that cannot be fetched whatever happens. */
export async function assertSource(deps: { table: Table }, tenant: TenantId, source: Source): Promise<void> {
  if (source.kind === "upload") await assertComplete(deps, tenant, source.upload);
}

async function assertComplete(deps: { table: Table }, tenant: TenantId, id: string): Promise<void> {
  const upload = await read(deps.table, uploads, keyOf.upload(tenant, id));
  if (upload?.digest) return;
  throw new Fault("invalid", upload ? `The upload ${id} is not complete.` : `There is no upload ${id} in this team.`, {
    next: upload ? "PUT the file to its URL and complete it with the digest of the answer." : "Create an upload and use its id.",
    fields: [{ path: "source.upload", message: upload ? "not complete" : "not found" }],
  });
}
