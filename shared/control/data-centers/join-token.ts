import { sha256 } from "../../base/digest.ts";
import { Fault } from "../../base/fault.ts";
import type { DataCenter, JoinInstructions } from "../../contract/data-center.ts";
import type { DataCenterId } from "../../contract/id.ts";
import { credentialOf } from "../../domain/credential.ts";
import { joinInstructions, joinTokenMs } from "../../domain/data-center.ts";
import { type JoinRefusal, joinRefusal } from "../../domain/join.ts";
import type { Write } from "../../ports/table.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import { type DataCenterRecord, dataCenters, type JoinToken, joinTokens, keyOf } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { viewDataCenter } from "../data-center-view.ts";
import { publish } from "../effects.ts";
import { next, put, read } from "../entity.ts";
import { findOwnDataCenter } from "../find.ts";

export type JoinDeps = Core & { readonly settings: { readonly url: string } };
export interface Joining {
  readonly dataCenter: DataCenter;
  readonly join: JoinInstructions;
}
export interface MadeToken {
  readonly token: string;
  readonly kept: NonNullable<DataCenterRecord["joinToken"]>;
  /** The new token alive, and the one before dead. */
  readonly writes: readonly Write[];
}

/** `before`: the token that dies of it. Only the hash is kept. */
export async function newJoinToken(
  deps: Pick<Core, "table" | "ids" | "clock">,
  asked: { readonly dataCenter: DataCenterId; readonly ms: number; readonly before: DataCenterRecord["joinToken"] },
): Promise<MadeToken> {
  const { dataCenter, ms, before } = asked;
  const token = credentialOf("join", deps.ids.secret());
  const kept = { hash: await sha256(token), expiresAt: new Date(deps.clock.now().getTime() + ms).toISOString() };
  const old = before && (await read(deps.table, joinTokens, keyOf.joinToken(before.hash)));
  return {
    token,
    kept,
    writes: [
      put(joinTokens, { dataCenter, ...kept, usedBy: null, replaced: false, generation: 1 }),
      ...(old ? [put(joinTokens, next(old, { replaced: true }))] : []),
    ],
  };
}

export const joiningOf = (deps: JoinDeps, record: DataCenterRecord, { token, kept }: MadeToken): Joining => ({
  dataCenter: viewDataCenter(record, deps.clock.now()),
  join: joinInstructions({ url: deps.settings.url, token, expiresAt: kept.expiresAt, dataCenter: record.id }),
});

export const isLeaving = (name: string): Fault =>
  new Fault("conflict", `The data center ${name} is being removed.`, {
    next: "Choose another data center.",
    reason: "data-center.leaving",
    params: { name },
  });

/** An agent that joins with it takes the place of the one before, and over what runs. */
export const createJoinToken = (deps: JoinDeps, caller: Caller, id: DataCenterId): Promise<Joining> =>
  onConflictRetry(deps, async () => {
    const record = await findOwnDataCenter(deps, caller, id);
    if (record.leaving !== null) throw isLeaving(record.name);
    const made = await newJoinToken(deps, { dataCenter: id, ms: joinTokenMs, before: record.joinToken });
    const after = next(record, { joinToken: made.kept });
    return commit(
      deps,
      caller,
      {
        writes: [put(dataCenters, after), ...made.writes],
        commands: [publish(caller.tenant, "data-center", id)],
        audit: {
          subject: id,
          changes: [{ path: "joinToken", before: record.joinToken?.expiresAt ?? null, after: made.kept.expiresAt }],
        },
      },
      joiningOf(deps, after, made),
    );
  });

/** @throws Fault `unauthenticated` in the words of the refusal. */
export const refuse = ({ code, params, message, next }: JoinRefusal): Fault =>
  new Fault("unauthenticated", message, { next, reason: code, params });

/** Why a token is good for nothing any more; null: it is good, or was used. */
export function deadToken(token: JoinToken | undefined, now: Date): JoinRefusal | null {
  if (!token) return joinRefusal("join.token-unknown");
  if (token.replaced) return joinRefusal("join.token-replaced");
  if (token.usedBy === null && Date.parse(token.expiresAt) <= now.getTime())
    return joinRefusal("join.token-expired", { expiresAt: token.expiresAt });
  return null;
}
