import { jest } from "@jest/globals";
import { canMount, onSmallDisk } from "./on-full-disk.ts";

jest.setTimeout(120_000);

/** A disk of its own is a tmpfs in a mount namespace of its own. */
const isPossible = canMount();
const onDisk = (name: string, run: () => Promise<void>): void =>
  test(name, async () => {
    if (!isPossible) return console.warn(`${name}: this machine allows no mounts in a namespace: not tried`);
    await run();
  });

const full = {
  code: "exhausted",
  message: expect.stringMatching(/disk.* is full/),
  next: expect.stringMatching(/[Ff]ree .*space/),
};

describe("a full disk is told in words, leaves nothing half-written, and is no trouble once there is room", () => {
  onDisk("blobs", async () => {
    const seen = (await onSmallDisk("blobs-program.ts", 4)) as { digest: string };
    expect(seen).toEqual({
      digest: seen.digest,
      refused: expect.objectContaining(full),
      uploadRefused: { status: 507, body: { error: expect.objectContaining(full) } },
      left: { drafts: [], has: false },
      kept: { done: seen.digest },
      uploaded: { status: 200 },
    });
  });

  onDisk("slugs", async () => {
    const seen = (await onSmallDisk("slug-program.ts", 4)) as { path: string };
    expect(seen).toEqual({
      refused: { ...full, detail: { signal: "disk.full" } },
      left: [],
      got: { done: seen.path },
      whole: true,
      path: seen.path,
    });
  });

  onDisk("the builder", async () => {
    const seen = (await onSmallDisk("builder-program.ts", 16)) as Record<
      "atStart" | "atCheckout" | "good" | "elsewhere",
      unknown
    > & {
      good: { result: { artifact: { digest: string } } };
    };
    const failed = {
      exitCode: 0,
      result: {
        state: "failed",
        code: "disk.full",
        message: expect.stringContaining("full"),
        next: expect.stringContaining("room"),
      },
    };
    const { digest } = seen.good.result.artifact;
    const succeeded = { exitCode: 0, result: { state: "succeeded", artifact: { digest } } };
    expect(seen).toMatchObject({ atStart: failed, atCheckout: failed, good: succeeded, elsewhere: succeeded, left: [] });
  });
});
