import { Fault } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import type { Source } from "../contract/source.ts";
import type { Table } from "../ports/table.ts";
import { keyOf, uploads } from "./component-tables.ts";
import { read } from "./entity.ts";

/** @throws Fault `invalid` for an upload that is not there, or not complete. */
export async function assertSourceReady(deps: { table: Table }, tenant: TenantId, source: Source): Promise<void> {
  if (source.kind !== "upload") return;
  const upload = await read(deps.table, uploads, keyOf.upload(tenant, source.upload));
  if (upload?.digest) return;
  throw new Fault(
    "invalid",
    upload ? `The upload ${source.upload} is not complete.` : `There is no upload ${source.upload} in this team.`,
    {
      next: upload
        ? "PUT the file to its URL and complete it with the digest of the answer."
        : "Create an upload and use its id.",
      fields: [{ path: "source.upload", message: upload ? "not complete" : "not found" }],
    },
  );
}
