import { ociRegistry, type Registry } from "../../shared/adapters/http/oci/registry.ts";
import { tagPin } from "../../shared/adapters/http/oci/tag-pin.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { pushImage } from "../support/image.ts";
import { noRegistry, startRegistry, type TestRegistry } from "../support/oci-registry.ts";

(noRegistry === "" ? describe : describe.skip)(`what a tag means${noRegistry && `: skipped, ${noRegistry}`}`, () => {
  let server: TestRegistry;
  let registry: Registry;
  beforeAll(async () => {
    server = await startRegistry();
    registry = ociRegistry({ url: server.url, allowed: ["loopback"] });
  });
  afterAll(() => server.close());

  const asked: string[] = [];
  /** The local registry in the place of each that is named. */
  const pin = tagPin({
    source: (name) => {
      asked.push(name);
      return registry;
    },
    clock: systemClock(),
    log: () => {},
  });
  const push = (repository: string, tag: string, content: string) =>
    pushImage(registry, { repository, tag }, { files: { file: content }, env: [] });

  test("W7: a name without a registry is Docker Hub's, a single word one of its library's; the tag is latest where there is none", async () => {
    for (const repository of ["library/nginx", "ada/shop"]) await push(repository, "latest", repository);
    await push("library/nginx", "1.27", "old");
    const of = (repository: string, tag: string) => registry.resolve(repository, tag);
    expect(await pin("nginx")).toBe(`docker.io/library/nginx@${await of("library/nginx", "latest")}`);
    expect(await pin("nginx:1.27")).toBe(`docker.io/library/nginx@${await of("library/nginx", "1.27")}`);
    expect(await pin("ada/shop")).toBe(`docker.io/ada/shop@${await of("ada/shop", "latest")}`);
    expect(await pin("docker.io/nginx")).toBe(await pin("nginx"));
    expect(new Set(asked)).toEqual(new Set(["docker.io"]));
    expect(await pin(`${server.host}/ada/shop:latest`)).toBe(`${server.host}/ada/shop@${await of("ada/shop", "latest")}`);
  });

  test("a tag that moves means what it means when it is asked", async () => {
    await push("library/moving", "1", "before");
    const before = await pin("moving:1");
    await push("library/moving", "1", "after");
    expect(await pin("moving:1")).not.toBe(before);
  });

  test("what nobody can tell stays as it is: no such tag, no such registry, no name at all, no answer", async () => {
    expect(await pin("nginx:none")).toBe("nginx:none");
    const away = tagPin({
      source: () => ociRegistry({ url: "http://127.0.0.1:1", allowed: ["loopback"] }),
      clock: systemClock(),
      log: () => {},
    });
    expect(await away("nginx:1")).toBe("nginx:1");
    expect(await pin("not a name")).toBe("not a name");
    const clock = steppedClock();
    const silent = tagPin({ source: () => ({ resolve: () => new Promise(() => {}) }), clock, log: () => {} });
    const waiting = silent("nginx:1");
    await clock.advance(10_000);
    expect(await waiting).toBe("nginx:1");
  });
});
