import { beforeEach, describe, expect, test } from "@jest/globals";
import { observations } from "../../edge-agents/scheduler/observations.ts";
import { plan } from "../../edge-agents/scheduler/plan.ts";
import { provenanceGate } from "../../edge-agents/scheduler/provenance-gate.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryTokens } from "../../shared/adapters/memory/tokens.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import type { BuildId, ComponentId } from "../../shared/contract/id.ts";
import type { Artifact } from "../../shared/contract/release.ts";
import { statementMediaType, statementOf } from "../../shared/domain/provenance.ts";
import type { Tokens } from "../../shared/ports/tokens.ts";
import { workload } from "../support/workload.ts";

const clock = steppedClock();
const platform = memoryTokens({ clock });
const stranger = memoryTokens({ clock });
const slug: Artifact = {
  kind: "slug",
  digest: `sha256:${"a".repeat(64)}`,
  sizeBytes: 1_000,
  language: "node",
  command: "node server.js",
  processes: {},
  variables: {},
};
let wanted: Workload;

const built = async (by: Tokens, artifact: Artifact, owner: Pick<Workload, "tenant" | "component">): Promise<Artifact> => {
  const build = {
    ...owner,
    id: "bld_0123456789abcdef" as BuildId,
    source: { kind: "git", url: "https://git.example.org/shop.git" },
    commit: { id: "c0ffee", message: "", author: "", at: null },
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:01:00.000Z",
  } as const;
  return { ...artifact, provenance: await by.attest(statementMediaType, statementOf(build, artifact)) };
};
const look = (asked: Workload) => provenanceGate(() => platform.publicKey())([asked]);
const refusal = async (asked: Workload) => (await look(asked)).held.map((h) => h.signal.code);

beforeEach(() => {
  wanted = workload({ artifact: slug });
});

describe("C8: before anything runs", () => {
  test("what the platform built and signed is trusted", async () => {
    const artifact = await built(platform, wanted.artifact, wanted);
    expect(await look({ ...wanted, artifact, requiresProvenance: true })).toMatchObject({ trusted: [{ artifact }], held: [] });
  });

  test("what has no provenance runs only where the team does not demand one", async () => {
    expect(await refusal(wanted)).toEqual([]);
    expect(await refusal({ ...wanted, requiresProvenance: true })).toEqual(["provenance.missing"]);
    const image: Artifact = { kind: "image", reference: "nginx:1", digest: null, command: null, variables: {} };
    expect(await refusal({ ...wanted, artifact: image, requiresProvenance: true })).toEqual(["provenance.missing"]);
  });

  test("an image without a digest cannot be vouched for, whatever is signed", async () => {
    const image: Artifact = { kind: "image", reference: "nginx:1", digest: null, command: null, variables: {} };
    expect(await refusal({ ...wanted, artifact: await built(platform, image, wanted) })).toEqual(["provenance.foreign"]);
  });

  test("what somebody else signed, and what was changed after it was signed, is refused though no one demands anything", async () => {
    expect(await refusal({ ...wanted, artifact: await built(stranger, wanted.artifact, wanted) })).toEqual(["provenance.forged"]);
    const artifact = await built(platform, wanted.artifact, wanted);
    const payload = Buffer.from(
      Buffer.from(String(artifact.provenance?.payload), "base64").toString().replace("c0ffee", "badbad"),
    );
    const envelopes = [
      { payload: payload.toString("base64") },
      { payload: "%%%" },
      { payloadType: "application/json" },
      { signatures: [] },
    ];
    for (const change of envelopes)
      expect(
        await refusal({ ...wanted, artifact: { ...artifact, provenance: { ...artifact.provenance, ...change } } as Artifact }),
      ).toEqual(["provenance.forged"]);
  });

  test("what was signed for another artifact, component or team is refused", async () => {
    const artifact = await built(platform, wanted.artifact, wanted);
    const digest = `sha256:${"b".repeat(64)}` as const;
    expect(await refusal({ ...wanted, artifact: { ...artifact, digest } as Artifact })).toEqual(["provenance.foreign"]);
    const other = { ...wanted, component: "cmp_zzzzzzzzzzzzzzzz" as ComponentId };
    expect(await refusal({ ...other, artifact })).toEqual(["provenance.foreign"]);
    expect(await refusal({ ...wanted, tenant: "tnt_zzzzzzzzzzzzzzzz", artifact })).toEqual(["provenance.foreign"]);
  });

  test("what is to be stopped may be anything", async () => {
    expect(await refusal({ ...wanted, wanted: "stopped", requiresProvenance: true })).toEqual([]);
  });

  test("what ran before goes on, and the platform is told why", async () => {
    const before = { component: wanted.component, workload: { ...wanted, generation: wanted.generation - 1 } };
    const { trusted, held } = await look({ ...wanted, requiresProvenance: true });
    const desired = { workloads: trusted, gone: [], complete: true, held: held.map((h) => h.component) };
    expect(plan(desired, [before])).toEqual([]);
    expect(observations(() => [])([], { tombstones: [], held })).toMatchObject([
      { component: wanted.component, generation: wanted.generation, phase: "failed", signals: [{ code: "provenance.missing" }] },
    ]);
  });
});
