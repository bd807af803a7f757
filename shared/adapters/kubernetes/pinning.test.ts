import { describe, expect, test } from "@jest/globals";
import type { Workload } from "../../contract/agent.ts";
import { workload as sample } from "../../../test/support/workload.ts";
import { pinnedWorkload } from "./pinning.ts";

const digest = (digit: string): string => `@sha256:${digit.repeat(64)}`;
const release = (digit: string) => `rel_${digit.repeat(16)}` as Workload["release"];
const of = (number: string, more: object = {}): Workload => ({
  ...sample({
    artifact: { kind: "image", reference: "nginx:1", digest: null, command: null, variables: {}, ...more },
    command: "",
  }),
  release: release(number),
});
const referenceOf = ({ workload: { artifact } }: { workload: Workload }) => artifact.kind === "image" && artifact.reference;
/** A tag that means something else each time it is asked for. */
const moving = () => {
  let asked = 0;
  return async () => `docker.io/library/nginx${digest(String(++asked))}`;
};

describe("W7: without a registry of its own a data center remembers what a tag meant", () => {
  test("for the life of a release, however often it is applied", async () => {
    const pin = moving();
    const first = await pinnedWorkload(of("1"), null, pin);
    expect(referenceOf(first)).toBe(`docker.io/library/nginx${digest("1")}`);
    expect(referenceOf(await pinnedWorkload(of("1"), first, pin))).toBe(`docker.io/library/nginx${digest("1")}`);
  });
  test("another release is what the tag means then; going back is what it meant", async () => {
    const pin = moving();
    const first = await pinnedWorkload(of("1"), null, pin);
    const second = await pinnedWorkload(of("2"), first, pin);
    expect(referenceOf(second)).toBe(`docker.io/library/nginx${digest("2")}`);
    const back = await pinnedWorkload(of("3", { pinnedBy: release("1") }), second, pin);
    expect(referenceOf(back)).toBe(`docker.io/library/nginx${digest("1")}`);
  });
  test("what an earlier agent applied by its tag stays as it is", async () => {
    const before = { workload: of("1"), pins: {} };
    expect(referenceOf(await pinnedWorkload(of("1"), before, moving()))).toBe("nginx:1");
  });
  test("what is named by content is asked of nobody, and the newest are remembered", async () => {
    const named = of("1", { reference: `nginx${digest("a")}` });
    expect(referenceOf(await pinnedWorkload(named, null, () => Promise.reject(new Error("nobody"))))).toBe(`nginx${digest("a")}`);
    const pins = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`rel_${at}`, "x"]));
    const after = await pinnedWorkload(of("1"), { workload: of("9"), pins }, moving());
    expect([Object.keys(after.pins).length, Object.keys(after.pins).at(-1)]).toEqual([60, release("1")]);
  });

  describe("and so it does of attachments' images, whatever the component itself is made of", () => {
    const slug = {
      kind: "slug",
      digest: `sha256:${"a".repeat(64)}`,
      sizeBytes: 1,
      language: "node",
      command: "run",
      processes: {},
      variables: {},
    } as const;
    const attached = (number: string, more: object = {}, image = "redis:7"): Workload => {
      const { configuration, ...rest } = of(number);
      const each = { kind: "sidecar", image, command: null, variables: {}, resources: configuration.resources } as const;
      const attachments = [
        { ...each, name: "cache" },
        { ...each, name: "exact", image: `redis${digest("f")}` },
      ];
      return { ...rest, artifact: { ...slug, ...more }, configuration: { ...configuration, attachments } };
    };
    const imagesOf = ({ workload: { configuration } }: { workload: Workload }) =>
      configuration.attachments.map(({ image }) => image.replace("docker.io/library/nginx", ""));
    test("a tag means the same for the life of a release, and again when it comes back", async () => {
      const pin = moving();
      const first = await pinnedWorkload(attached("1"), null, pin);
      expect(imagesOf(first)).toEqual([digest("1"), `redis${digest("f")}`]);
      expect(imagesOf(await pinnedWorkload(attached("1"), first, pin))[0]).toBe(digest("1"));
      const second = await pinnedWorkload(attached("2"), first, pin);
      expect(imagesOf(second)[0]).toBe(digest("2"));
      const back = await pinnedWorkload(attached("3", { pinnedBy: release("1") }), second, pin);
      expect(imagesOf(back)[0]).toBe(digest("1"));
    });
    test("another image of the same release is looked at anew", async () => {
      const pin = moving();
      const first = await pinnedWorkload(attached("1"), null, pin);
      const other = await pinnedWorkload(attached("2", { pinnedBy: release("1") }, "redis:8"), first, pin);
      expect(imagesOf(other)[0]).toBe(digest("2"));
    });
    test("what an earlier agent applied by its tag stays as it is", async () => {
      const before = { workload: attached("1"), pins: {} };
      expect(imagesOf(await pinnedWorkload(attached("1"), before, moving()))[0]).toBe("redis:7");
    });
  });
});
