import type { Artifact } from "../contract/release.ts";
import type { Source } from "../contract/source.ts";
import { unneededBlobs, unneededUploads } from "./retention.ts";

const now = new Date("2026-01-10T12:00:00.000Z");
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
const digest = (of: string) => `sha256:${of.repeat(64)}`;
const upload = (id: string, hours: number) => ({ id, digest: digest(id), usedAt: hoursAgo(hours) });
const source = (id: string) => ({ kind: "upload", upload: id }) as Source;

test("an upload goes a day after it was last used, unless a component or a running build names it", () => {
  const uploads = [upload("1", 23), upload("2", 25), upload("3", 25), upload("4", 900)];
  const sources = [source("3"), { kind: "git", url: "https://example.org/a.git" } as Source];
  expect(unneededUploads(now, uploads, sources).map((u) => u.id)).toEqual(["2", "4"]);
});

test("a blob goes an hour after it was announced, unless a release or an upload is made of it", () => {
  const blob = (of: string, hours: number) => ({ digest: digest(of), announcedAt: hoursAgo(hours) });
  const blobs = [blob("1", 0.9), blob("2", 1.1), blob("3", 99), blob("4", 99), blob("5", 99)];
  const artifacts = [
    { kind: "slug", digest: digest("3") },
    { kind: "image", reference: "example.org/a", digest: digest("2"), archive: { digest: digest("4"), sizeBytes: 1 } },
    { kind: "image", reference: "example.org/b", digest: null },
  ] as Artifact[];
  const unneeded = unneededBlobs(now, blobs, { uploads: [upload("5", 1)], artifacts });
  expect(unneeded.map((b) => b.digest)).toEqual([digest("2")]);
});
