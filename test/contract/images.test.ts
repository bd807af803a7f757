import { readFile, writeFile } from "node:fs/promises";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localImages } from "../../shared/adapters/local/images.ts";
import { memoryImages } from "../../shared/adapters/memory/images.ts";
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
    push: async (repository, tag, digest) => {
      const file = `${directory.path}/${repository}/index.json`;
      const index = JSON.parse(await readFile(file, "utf8"));
      index.manifests.push({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest,
        size: 2,
        annotations: { "org.opencontainers.image.ref.name": tag },
      });
      await writeFile(file, JSON.stringify(index));
    },
    close: directory.remove,
  };
});
