import { readFile, writeFile } from "node:fs/promises";
import { sha256 } from "../../shared/base/digest.ts";
import { ociImages } from "../../shared/adapters/http/oci/images.ts";
import { ociRegistry } from "../../shared/adapters/http/oci/registry.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localImages } from "../../shared/adapters/local/images.ts";
import { memoryImages } from "../../shared/adapters/memory/images.ts";
import { pushImage } from "../support/image.ts";
import { noRegistry } from "../support/oci-registry.ts";
import { startTokenRegistry } from "../support/token-registry.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { imageRegistrySuite } from "./images.suite.ts";

imageRegistrySuite("memory", async () => {
  const images = memoryImages({ clock: systemClock() });
  return { images, push: images.push, close: async () => {} };
});
imageRegistrySuite("local", async () => {
  const directory = await temporaryDirectory();
  return {
    images: localImages({ directory: directory.path, key: "k", clock: systemClock() }),
    // As skopeo copy … oci:<layout>:<tag> does.
    push: async (repository, tag, content) => {
      const digest = `sha256:${await sha256(content)}`;
      const file = `${directory.path}/${repository}/index.json`;
      const index = JSON.parse(await readFile(file, "utf8"));
      index.manifests.push({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest,
        size: 2,
        annotations: { "org.opencontainers.image.ref.name": tag },
      });
      await writeFile(file, JSON.stringify(index));
      return digest;
    },
    close: directory.remove,
  };
});

/** Every test has a part of the registry to itself, by another prefix. */
(noRegistry === "" ? describe : describe.skip)(`a real registry${noRegistry && `: skipped, ${noRegistry}`}`, () => {
  let server: Awaited<ReturnType<typeof startTokenRegistry>>;
  let count = 0;
  beforeAll(async () => {
    server = await startTokenRegistry("");
  });
  afterAll(() => server.close());
  const open = async () => {
    const { tokens } = server;
    const credential = await tokens.mint({ kind: "agent" }, 600);
    const registry = ociRegistry({ url: server.url, allowed: ["loopback"], credential: async () => credential });
    const prefix = `t${++count}/`;
    return {
      images: ociImages({ registry, prefix, tokens }),
      push: (repository: string, tag: string, content: string) =>
        pushImage(registry, { repository: prefix + repository, tag }, { files: { "content.txt": content } }),
      close: async () => {},
    };
  };
  imageRegistrySuite("OCI distribution", open);
});
