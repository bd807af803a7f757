import { Fault } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import type { GitCredential, Source } from "../contract/source.ts";
import { originOf } from "../domain/build/git-url.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { ComponentRecord } from "./component-tables.ts";

type Kept = ComponentRecord["credential"];
type Owner = Pick<ComponentRecord, "source" | "credential">;

const originIn = (source: Source): string | null => (source.kind === "git" ? originOf(source.url) : null);

/** Kept for whoever answers at the source's address, and nobody else: who may name another address must not learn it so. */
export const sealCredential = async (
  deps: { secrets: Secrets },
  tenant: TenantId,
  { credential, source }: { readonly credential?: GitCredential | null | undefined; readonly source: Source },
): Promise<Kept> =>
  credential
    ? {
        kind: credential.kind,
        sealed: await deps.secrets.seal(tenant, JSON.stringify(credential)),
        origin: originIn(source),
      }
    : null;

/** The component's credential, if it is for this source. */
export function credentialFor({ source: own, credential }: Owner, source: Source): Kept {
  const origin = originIn(source);
  return credential !== null && origin !== null && origin === (credential.origin ?? originIn(own)) ? credential : null;
}

/** @throws Fault `invalid` when a source is to take the place of the component's own, and its credential is for another. */
export function assertCredentialFits(record: Owner, source: Source): void {
  if (record.credential === null || source.kind !== "git" || credentialFor(record, source)) return;
  const message = "The credential that is kept is for another host.";
  throw new Fault("invalid", message, {
    next: "Give a credential for the new address, or have the one that is kept forgotten.",
    reason: "credential.other-host",
    fields: [{ path: "credential", message, rule: "credential.other-host" }],
  });
}
