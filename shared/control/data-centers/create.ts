import { DataCenterId } from "../../contract/id.ts";
import { joinTokenMs } from "../../domain/data-center.ts";
import { assertWithin } from "../../domain/quota.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import { dataCenterNames, dataCenters } from "../component-tables.ts";
import { newDataCenter } from "../create-data-center.ts";
import { publish } from "../effects.ts";
import { listAll, put } from "../entity.ts";
import { nameTaken } from "../name-taken.ts";
import { claim } from "../quota.ts";
import { type JoinDeps, type Joining, joiningOf, newJoinToken } from "./join-token.ts";

/** P6: a cluster becomes a data center by the command that is answered; its token is told this once. */
export const createDataCenter = (deps: JoinDeps, caller: Caller, { name }: { name: string }): Promise<Joining> =>
  onConflictRetry(deps, async () => {
    const { tenant } = caller;
    // Their names, as an index may tell of a new one a moment later.
    const claimed = await claim(deps, tenant, async (quota) => {
      const known = await listAll(deps.table, dataCenterNames, { pk: `tenant#${tenant}`, prefix: "data-center-name#" });
      assertWithin(quota, "dataCenters", { used: known.length, more: 1 });
    });
    const id = DataCenterId.parse(deps.ids.next("dc"));
    const made = await newJoinToken(deps, { dataCenter: id, ms: joinTokenMs, before: null });
    const record = { ...newDataCenter(deps, { id, tenant, name, kind: "kubernetes" }), joinToken: made.kept };
    return commit(
      deps,
      caller,
      {
        writes: [
          claimed,
          put(dataCenters, record),
          put(dataCenterNames, { tenant, name, dataCenter: id, generation: 1 }),
          ...made.writes,
        ],
        commands: [publish(tenant, "data-center", id)],
        audit: { subject: id, changes: [{ path: "name", before: null, after: name }] },
      },
      joiningOf(deps, record, made),
    ).catch(nameTaken("data-center", name));
  });
