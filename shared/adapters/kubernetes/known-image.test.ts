import { Fault } from "../../base/fault.ts";
import type { Workload } from "../../contract/agent.ts";
import type { RunnableImage } from "../../ports/image-of.ts";
import { workload } from "../../../test/support/workload.ts";
import { findImage, imagesWith } from "./known-image.ts";
import { newRecord, recordOf, secretOf } from "./record.ts";

const slug = (digit: string): Workload["artifact"] => ({
  kind: "slug",
  digest: `sha256:${digit.repeat(64)}`,
  sizeBytes: 1,
  language: "node",
  command: null,
  processes: {},
  variables: {},
  tools: {},
});
const built = (digit: string, generation = 1): Workload => ({ ...workload({ artifact: slug(digit) }), generation });
const image = (digit: string): RunnableImage => ({
  reference: `registry.example.org/r@sha256:${digit.repeat(64)}`,
  command: ["node", "server.js"],
  variables: {},
  attachments: {},
  pullSecret: "pluvia-pull",
});
const away = new Fault("unavailable", "The platform does not answer.");
const asking = (answer: RunnableImage | Fault) => async () => {
  if (answer instanceof Fault) throw answer;
  return answer;
};
const recorded = (of: Workload, ran: RunnableImage) => {
  const record = newRecord(of);
  return { ...record, images: imagesWith(record, of, ran) };
};

describe("P6: while nobody can be asked for the image of what was built", () => {
  test("it is the one that it ran by before, told with the reason to ask again, as the record in the cluster has it", async () => {
    const kept = recordOf(secretOf(recorded(built("1"), image("a")), "dc_1" as never, null));
    const restarted = { ...built("1", 2), restart: 7 };
    const found = await findImage(asking(away), kept as NonNullable<typeof kept>, restarted);
    expect(found).toEqual({ image: image("a"), doubt: away });
  });
  test("another one that never ran here, or one that is refused, is none", async () => {
    const record = recorded(built("1"), image("a"));
    await expect(findImage(asking(away), record, built("2"))).rejects.toBe(away);
    const refused = new Fault("invalid", "There is no registry.");
    await expect(findImage(asking(refused), record, built("1"))).rejects.toBe(refused);
  });
  test("whoever answers is believed, and nothing is in doubt", async () => {
    const record = recorded(built("1"), image("a"));
    expect(await findImage(asking(image("b")), record, built("1"))).toEqual({ image: image("b"), doubt: null });
  });
});

describe("what a record knows of images", () => {
  test("is of what was applied last and of what it falls back to, and the very same while nothing is new", () => {
    const settled = built("1");
    const one = { ...recorded(settled, image("a")), settled, workload: built("2", 2) };
    const two = { ...one, images: imagesWith(one, built("2", 2), image("b")) };
    expect(Object.values(two.images).map(({ reference }) => reference)).toEqual([image("a").reference, image("b").reference]);
    expect(imagesWith(two, built("2", 2), image("b"))).toBe(two.images);
    const three = { ...two, settled: built("2", 2), workload: built("3", 3) };
    expect(Object.keys(imagesWith(three, built("3", 3), image("c")))).toHaveLength(2);
  });
  test("is nothing of images that have a registry of their own: they are named by content there", () => {
    const named = workload({
      artifact: { kind: "image", reference: "docker.io/library/a:1", digest: null, command: null, variables: {} },
    });
    const record = newRecord(named);
    expect(imagesWith(record, named, image("a"))).toBe(record.images);
  });
});
