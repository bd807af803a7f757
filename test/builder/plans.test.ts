import { readdirSync } from "node:fs";
import { join } from "node:path";
import { directoryTree } from "../../edge-agents/builder/directory-tree.ts";
import { toolNames, type ToolVersions } from "../../shared/domain/build/build-plan.ts";
import { planBuild, proposalOf } from "../../shared/domain/build/plan.ts";
import { Proposal } from "../../shared/contract/source.ts";
import { expectGolden } from "../support/golden.ts";

const sources = join(import.meta.dirname, "../fixtures/sources");
const versions: ToolVersions = {
  node: "24.1.0",
  npm: "11.0.0",
  yarn: "1.22.22",
  pnpm: "9.1.0",
  python: "3.12.1",
  pip: "24.0.0",
  go: "1.26.0",
  java: "21.0.1",
  javac: "21.0.1",
  maven: "3.9.0",
  gradle: "8.10.0",
  php: "8.3.0",
  composer: "2.7.0",
  ruby: "3.3.0",
  bundler: "2.5.0",
};

describe("C2, C3: what is detected and planned", () => {
  test.each(readdirSync(sources).sort())("%s", async (name) => {
    const planned = planBuild(directoryTree(join(sources, name)), { language: null, tools: versions });
    await expectGolden(`test/golden/plans/${name}.json`, `${JSON.stringify(planned, null, 2)}\n`);
    const proposal = proposalOf(planned, { name: "a", commit: null, branches: ["main"] });
    if (proposal !== null) expect(Proposal.parse(proposal)).toEqual(proposal);
  });

  test("on a machine without a tool the finding says which, and what to do", () => {
    for (const name of readdirSync(sources)) {
      const { plan } = planBuild(directoryTree(join(sources, name)), { language: null, tools: {} });
      const needed = new Set(plan?.tools.map((need) => need.tool).filter((tool) => tool !== "containers"));
      const missing = plan?.findings.filter((finding) => finding.code === "tool.missing") ?? [];
      expect(missing.length).toBe(needed.size);
      for (const finding of missing)
        expect(finding).toMatchObject({
          level: "blocks",
          advice: expect.stringMatching(/^Install .+, or choose a data center that has it\.$/),
        });
    }
  });

  test("where builds may start no container, a Dockerfile is refused with who can change that; what else the source is is built", () => {
    const tools = { ...versions, buildah: "1.28.0", uidmap: "0" };
    const planned = (name: string) => planBuild(directoryTree(join(sources, name)), { language: null, tools });
    const blocking = planned("dockerfile").findings.filter((finding) => finding.level === "blocks");
    expect(blocking).toMatchObject([
      { code: "dockerfile.confined", advice: expect.stringContaining("builds.podSecurity=baseline") },
    ]);
    expect(planned("dockerfile-and-node").plan?.language).toBe("node");
  });

  test("a language that a person forces is planned even where another is surer", () => {
    const planned = planBuild(directoryTree(join(sources, "dockerfile-and-node")), {
      language: "node",
      tools: { ...versions, buildah: "1.28.0", uidmap: "0", containers: "0" },
    });
    expect(planned).toMatchObject({ plan: { language: "node" }, alternatives: ["node", "dockerfile"] });
    expect(
      planBuild(directoryTree(join(sources, "dockerfile-and-node")), {
        language: null,
        tools: { ...versions, buildah: "1.28.0", uidmap: "0", containers: "0" },
      }).plan?.language,
    ).toBe("dockerfile");
  });

  test("every finding is a sentence, and one that blocks says what to do", () => {
    for (const name of readdirSync(sources)) {
      for (const tools of [versions, {}]) {
        for (const finding of planBuild(directoryTree(join(sources, name)), { language: null, tools }).findings) {
          expect(finding.message).toMatch(/\.$/);
          expect(finding.advice ?? (finding.level === "blocks" ? "" : "Nothing.")).toMatch(/[.;]/);
        }
      }
    }
  });

  test("all tools have a name and a way to get them", () => expect(toolNames.length).toBeGreaterThan(10));
});
