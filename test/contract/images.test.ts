import { ociImages } from "../../shared/adapters/http/oci/images.ts";
import { ociRegistry } from "../../shared/adapters/http/oci/registry.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { memoryImages } from "../../shared/adapters/memory/images.ts";
import { pushImage } from "../support/image.ts";
import { noRegistry } from "../support/oci-registry.ts";
import { startTokenRegistry } from "../support/token-registry.ts";
import { imageRegistrySuite } from "./images.suite.ts";

imageRegistrySuite("memory", async () => {
  const images = memoryImages({ clock: systemClock() });
  return { images, push: images.push, close: async () => {} };
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
