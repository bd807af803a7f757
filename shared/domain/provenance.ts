import * as z from "zod";
import type { AgentRegistered } from "../contract/agent.ts";
import type { Artifact, Build, Provenance } from "../contract/release.ts";

/** Of an in-toto statement in a DSSE envelope. https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
export const statementMediaType = "application/vnd.in-toto+json";
const statementType = "https://in-toto.io/Statement/v1";
const predicateType = "https://slsa.dev/provenance/v1";

/** What is needed of a statement to trust an artifact; the rest is for people and their tools. */
const Statement = z.object({
  _type: z.literal(statementType),
  subject: z.array(z.object({ digest: z.object({ sha256: z.string() }) })),
  predicateType: z.literal(predicateType),
  predicate: z.object({
    buildDefinition: z.object({ externalParameters: z.object({ tenant: z.string(), component: z.string() }) }),
  }),
});

type PublicKey = z.infer<typeof AgentRegistered>["cloudKey"];
type Made = Pick<Build, "id" | "tenant" | "component" | "source" | "commit" | "startedAt" | "endedAt">;

const digestsOf = (artifact: Artifact): string[] =>
  [artifact.digest, artifact.kind === "image" ? artifact.archive?.digest : null].flatMap((digest) => digest ?? []);
const hexOf = (digest: string): string => digest.replace(/^sha256:/, "");

/** What was built, from what, by which build: SLSA provenance 1.0 as an in-toto statement. https://slsa.dev/spec/v1.0/provenance */
export function statementOf(build: Made, artifact: Artifact): string {
  const { source, commit } = build;
  return JSON.stringify({
    _type: statementType,
    subject: digestsOf(artifact).map((digest) => ({ name: build.component, digest: { sha256: hexOf(digest) } })),
    predicateType,
    predicate: {
      buildDefinition: {
        buildType: "urn:pluvia:build:1",
        externalParameters: { tenant: build.tenant, component: build.component, source },
        internalParameters: artifact.kind === "slug" ? { language: artifact.language, tools: artifact.tools ?? {} } : {},
        resolvedDependencies:
          commit && source.kind === "git" ? [{ uri: `git+${source.url}`, digest: { gitCommit: commit.id } }] : [],
      },
      runDetails: {
        builder: { id: "urn:pluvia:builder" },
        metadata: { invocationId: build.id, startedOn: build.startedAt, finishedOn: build.endedAt },
      },
    },
  });
}

/** The bytes that are signed: DSSE's pre-authentication encoding. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
export function signedBytes(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(
    `DSSEv1 ${new TextEncoder().encode(payloadType).length} ${payloadType} ${payload.length} `,
  );
  const all = new Uint8Array(head.length + payload.length);
  all.set(head);
  all.set(payload, head.length);
  return all;
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** attachments: nobody vouches for its further images. missing: it has none. forged: the platform did not sign it. foreign: it was signed for something else. null: it is what it says. */
export type ProvenanceProblem = "missing" | "forged" | "foreign" | "attachments" | null;

export async function provenanceProblem(
  artifact: Artifact,
  owner: { readonly tenant: string; readonly component: string },
  keyOf: () => Promise<PublicKey>,
): Promise<ProvenanceProblem> {
  const { provenance } = artifact;
  if (!provenance) return "missing";
  const payload = await signedPayload(provenance, await keyOf());
  if (payload === null) return "forged";
  const statement = Statement.safeParse(payload).data;
  if (!statement) return "forged";
  const { tenant, component } = statement.predicate.buildDefinition.externalParameters;
  const subjects = statement.subject.map((s) => s.digest.sha256);
  const digests = digestsOf(artifact);
  const isItsOwn = tenant === owner.tenant && component === owner.component;
  return isItsOwn && digests.length > 0 && digests.every((digest) => subjects.includes(hexOf(digest))) ? null : "foreign";
}

/** What the key's holder signed; null: the holder did not. */
async function signedPayload({ payloadType, payload, signatures }: Provenance, key: PublicKey): Promise<unknown> {
  if (payloadType !== statementMediaType) return null;
  try {
    const verifier = await globalThis.crypto.subtle.importKey("jwk", { ...key }, "Ed25519", false, ["verify"]);
    const bytes = bytesOf(payload);
    const signed = signedBytes(payloadType, bytes);
    for (const { sig } of signatures)
      if (await globalThis.crypto.subtle.verify("Ed25519", verifier, bytesOf(sig), signed))
        return JSON.parse(new TextDecoder().decode(bytes));
    return null;
  } catch {
    return null; // not base64, not JSON
  }
}
