import { apiHostOf, parseReference, pinned } from "./reference.ts";

describe("names of images", () => {
  test.each([
    ["node", "docker.io", "library/node", "latest", null],
    ["node:24-slim", "docker.io", "library/node", "24-slim", null],
    ["bitnami/redis", "docker.io", "bitnami/redis", "latest", null],
    ["docker.io/node", "docker.io", "library/node", "latest", null],
    ["ghcr.io/a/b/c:1.0_x", "ghcr.io", "a/b/c", "1.0_x", null],
    ["127.0.0.1:5000/app", "127.0.0.1:5000", "app", "latest", null],
    ["localhost/app:1", "localhost", "app", "1", null],
    [`quay.io/a@sha256:${"a".repeat(64)}`, "quay.io", "a", null, `sha256:${"a".repeat(64)}`],
    [`quay.io/a:1@sha256:${"a".repeat(64)}`, "quay.io", "a", "1", `sha256:${"a".repeat(64)}`],
  ])("%s", (text, registry, repository, tag, digest) => {
    expect(parseReference(text)).toEqual({ registry, repository, tag, digest });
  });
  test.each(["", "-x", "A/B", "a:b:c", "a/../b", "a b", "http://x/y", "a@sha256:1", "a/b?x=1", "x".repeat(1_000), "\0", "a/b\n"])(
    "%j is none",
    (text) => {
      expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "invalid" }));
    },
  );
  test("Docker Hub answers under another name; a pinned one has no tag", () => {
    expect(apiHostOf("docker.io")).toBe("registry-1.docker.io");
    expect(apiHostOf("ghcr.io")).toBe("ghcr.io");
    expect(pinned(parseReference("ghcr.io/a:1"), "sha256:x")).toBe("ghcr.io/a@sha256:x");
  });
});
