import { beforeEach, describe, expect, test } from "@jest/globals";
import { openLedger } from "../../edge-agents/runtime/ledger.ts";
import { scheduler } from "../../edge-agents/scheduler/main.ts";
import { refusalOf } from "../../edge-agents/scheduler/observations.ts";
import { assertTrusted } from "../../edge-agents/scheduler/provenance-gate.ts";
import type { Reporter } from "../../edge-agents/runtime/reporter.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryCluster } from "../../shared/adapters/memory/cluster.ts";
import { memoryTokens } from "../../shared/adapters/memory/tokens.ts";
import { noTracer } from "../../shared/adapters/no-tracer.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import type { BuildId, ComponentId } from "../../shared/contract/id.ts";
import type { Artifact } from "../../shared/contract/release.ts";
import { statementMediaType, statementOf } from "../../shared/domain/provenance.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
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
const cloudKey = () => platform.publicKey();
const look = (asked: Workload) => assertTrusted(asked, cloudKey);
const refusal = async (asked: Workload) => {
  const error = await look(asked).catch((refused: unknown) => refused);
  const held = refusalOf({ kind: "apply", ...asked }, error);
  return held ? [held.signal.code] : [];
};

beforeEach(() => {
  wanted = workload({ artifact: slug });
});

describe("C8: before anything runs", () => {
  test("what the platform built and signed is trusted", async () => {
    const artifact = await built(platform, wanted.artifact, wanted);
    await look({ ...wanted, artifact, requiresProvenance: true });
  });

  test("what has no provenance runs only where the team does not demand one", async () => {
    expect(await refusal(wanted)).toEqual([]);
    expect(await refusal({ ...wanted, requiresProvenance: true })).toEqual(["provenance.missing"]);
    const image: Artifact = { kind: "image", reference: "nginx:1", digest: null, command: null, variables: {} };
    expect(await refusal({ ...wanted, artifact: image, requiresProvenance: true })).toEqual(["provenance.missing"]);
  });

  test("nobody vouches for the images of attachments: where the team demands it they do not run, and are named", async () => {
    const artifact = await built(platform, wanted.artifact, wanted);
    const attachment = { name: "cache", kind: "sidecar", image: "redis:7", command: null, variables: {} } as const;
    const { resources } = wanted.configuration;
    const attachments = [{ ...attachment, resources }];
    const asked = { ...wanted, artifact, configuration: { ...wanted.configuration, attachments } };
    expect(await refusal(asked)).toEqual([]);
    const demanded = { ...asked, requiresProvenance: true };
    const error = await look(demanded).catch((refused: unknown) => refused);
    const { signal } = refusalOf({ kind: "apply", ...demanded }, error) ?? {};
    expect(signal).toEqual({ code: "provenance.attachments", detail: { names: "cache" } });
    // What is wrong with the artifact itself is worse.
    expect(await refusal({ ...asked, artifact: wanted.artifact, requiresProvenance: true })).toEqual(["provenance.missing"]);
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
    const home = await temporaryDirectory();
    const ledger = await openLedger(home.path);
    const cluster = memoryCluster({ clock: systemClock() });
    const told: Parameters<Reporter["observed"]>[0][number][] = [];
    const schedule = scheduler({
      ledger,
      cluster,
      clock: systemClock(),
      cloudKey,
      addressFor: async () => ({ host: "127.0.0.1", port: 1 }),
      addressesOf: () => [],
      reporter: { observed: (observed) => void told.push(...observed) },
      gone: () => {},
      tracer: noTracer,
      log: () => {},
    });
    const want = async (next: Workload) => {
      const { tenant, component, generation } = next;
      await ledger.accept([{ tenant, component, generation, sequence: generation, workload: next }], generation);
      schedule.wake();
    };
    const runs = async () => (await cluster.observe()).map((o) => o.generation);
    try {
      await want(wanted);
      await eventually("it runs", async () => (await runs()).length === 1);
      await want({ ...wanted, generation: wanted.generation + 1, requiresProvenance: true });
      await eventually("the refusal is told", async () => told.at(-1)?.phase === "failed");
      expect(told.at(-1)).toMatchObject({ generation: wanted.generation + 1, signals: [{ code: "provenance.missing" }] });
      expect(await runs()).toEqual([wanted.generation]);
    } finally {
      await schedule.stop();
      cluster.close();
      await home.remove();
    }
  });
});
