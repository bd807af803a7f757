import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { spawnSync } from "node:child_process";
import { ociRegistry, readWhole, type Registry } from "../../shared/adapters/http/oci/registry.ts";
import { imageOfFiles, pieces, pushImage } from "../support/image.ts";
import { noRegistry, startRegistry, type TestRegistry } from "../support/oci-registry.ts";

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const allowed = ["loopback"];
const real = noRegistry === "" ? describe : describe.skip;

real(`OCI distribution with docker-registry${noRegistry && `: skipped, ${noRegistry}`}`, () => {
  let server: TestRegistry;
  let registry: Registry;
  beforeAll(async () => {
    server = await startRegistry();
    registry = ociRegistry({ url: server.url, allowed });
  });
  afterAll(() => server.close());

  test("a blob of several parts arrives whole, and is read back the same", async () => {
    const bytes = randomBytes(20 * 1024 * 1024 + 17);
    const blob = await registry.pushBlob("a/large", pieces(bytes), { bytesMax: bytes.length });
    expect(blob).toEqual({ digest: digestOf(bytes), sizeBytes: bytes.length });
    expect((await readWhole(await registry.readBlob("a/large", blob))).equals(bytes)).toBe(true);
  });

  test("what is larger than allowed, or other than expected, is not there afterwards", async () => {
    const bytes = Buffer.from("some content");
    await expect(registry.pushBlob("a/b", pieces(bytes), { bytesMax: 3 })).rejects.toMatchObject({ code: "too_large" });
    const expected = digestOf(Buffer.from("other"));
    await expect(registry.pushBlob("a/b", pieces(bytes), { bytesMax: 100, expected })).rejects.toMatchObject({ code: "invalid" });
    expect(await registry.hasBlob("a/b", digestOf(bytes))).toBe(false);
  });

  test("a blob of another repository is mounted without being sent again; one that is nowhere is not", async () => {
    const bytes = Buffer.from("shared between repositories");
    const { digest } = await registry.pushBlob("a/from", pieces(bytes), { bytesMax: 100 });
    expect(await registry.hasBlob("a/to", digest)).toBe(false);
    expect(await registry.mountBlob("a/to", "a/from", digest)).toBe(true);
    expect(await registry.hasBlob("a/to", digest)).toBe(true);
    expect(await registry.mountBlob("a/to", "a/from", digestOf(Buffer.from("nowhere")))).toBe(false);
  });

  test("a manifest is read as it was pushed, by tag and by digest; a missing one is not found", async () => {
    const digest = await pushImage(registry, { repository: "a/image", tag: "1" }, { files: { a: "b" } });
    for (const reference of ["1", digest]) {
      const found = await registry.readManifest("a/image", reference);
      expect(found.digest).toBe(digest);
      expect(found.mediaType).toBe("application/vnd.oci.image.manifest.v1+json");
    }
    await expect(registry.readManifest("a/image", "2")).rejects.toMatchObject({ code: "not_found" });
    expect(await registry.resolve("a/none", "2")).toBeUndefined();
  });

  test("skopeo, which none of us wrote, takes what was pushed for an image", async () => {
    if (spawnSync("skopeo", ["--version"]).status !== 0) return;
    await pushImage(registry, { repository: "a/skopeo", tag: "1" }, { files: { a: "b" } });
    const told = spawnSync("skopeo", ["inspect", "--tls-verify=false", `docker://${server.host}/a/skopeo:1`], {
      encoding: "utf8",
    });
    expect(told.stderr).toBe("");
    expect(JSON.parse(told.stdout)).toMatchObject({ Architecture: "amd64", Os: "linux" });
  });
});

real("a registry with user name and password", () => {
  let server: TestRegistry;
  beforeAll(async () => {
    server = await startRegistry((folder) => {
      // htpasswd takes bcrypt only; this is the one for "open sesame".
      writeFileSync(`${folder}/htpasswd`, "ali:$2b$05$8XSApGZKXG6IkZCiLAlhx.Y9PnW4lFkq3rUIaAiuLOuHbt8opPL5G\n");
      return { auth: { htpasswd: { realm: "test", path: `${folder}/htpasswd` } } };
    });
  });
  afterAll(() => server.close());

  test("takes the right ones, and refuses wrong and none in words", async () => {
    const as = (password: string) => ({ credential: async () => ({ username: "ali", password }) });
    const registry = ociRegistry({ url: server.url, allowed, ...as("open sesame") });
    const digest = await pushImage(registry, { repository: "a/b", tag: "1" }, { files: { a: "b" } });
    expect(await registry.resolve("a/b", "1")).toBe(digest);
    for (const other of [as("no"), {}])
      await expect(ociRegistry({ url: server.url, allowed, ...other }).resolve("a/b", "1")).rejects.toMatchObject({
        code: "forbidden",
        reason: "registry.denied",
      });
  });
});

describe("a hostile registry", () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  let url = "";
  let registry: Registry;
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    registry = ociRegistry({ url, allowed, credential: async () => ({ username: "u", password: "secret" }) });
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const content = Buffer.from("honest content");
  const blob = { digest: digestOf(content), sizeBytes: content.length };
  const read = async (): Promise<Buffer> => readWhole(await registry.readBlob("a/b", blob));

  test("that sends other bytes of the same length is refused", async () => {
    answer = (_, response) => response.end("hostile contnt");
    await expect(read()).rejects.toMatchObject({ code: "invalid", reason: "registry.content" });
  });
  test("that sends less is refused", async () => {
    answer = (_, response) => response.end("honest");
    await expect(read()).rejects.toMatchObject({ code: "invalid" });
  });
  test("that never ends is cut off as soon as it is too long", async () => {
    let sent = 0;
    answer = (_, response) => {
      const piece = Buffer.alloc(64 * 1024, 97);
      const more = (): void => {
        if (response.destroyed) return;
        sent += piece.length;
        response.write(piece, () => setImmediate(more));
      };
      more();
    };
    await expect(read()).rejects.toMatchObject({ code: "invalid" });
    await expect(registry.readManifest("a/b", "1")).rejects.toMatchObject({ code: "too_large" });
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });
  test("whose manifest is not the one of the digest that was asked for is refused", async () => {
    const { manifest, digest } = await imageOfFiles({ files: { a: "b" } });
    answer = (_, response) => response.end(manifest);
    await expect(registry.readManifest("a/b", `sha256:${"0".repeat(64)}`)).rejects.toMatchObject({ code: "invalid" });
    expect((await registry.readManifest("a/b", digest)).digest).toBe(digest);
    answer = (_, response) => response.setHeader("docker-content-digest", `sha256:${"0".repeat(64)}`).end(manifest);
    await expect(registry.readManifest("a/b", "1")).rejects.toMatchObject({ code: "invalid" });
  });
  test.each([
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/secret",
    "http://[fd00::1]/secret",
    "http://192.168.0.1/",
    "http://0x0a000001/",
    "file:///etc/passwd",
  ])("that sends us to %s is not followed", async (location) => {
    answer = (_, response) => response.writeHead(307, { location }).end();
    await expect(read()).rejects.toMatchObject({ code: "invalid", reason: "registry.address" });
  });
  test("that sends us in circles is left", async () => {
    answer = (request, response) => response.writeHead(307, { location: request.url }).end();
    await expect(read()).rejects.toMatchObject({ code: "invalid" });
    expect(asked.length).toBeLessThan(10);
  });
  test("does not get our credential sent to another host", async () => {
    const other = createServer((request, response) => {
      asked.push(request);
      response.end(content);
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    answer = (request, response) =>
      request.headers.authorization === undefined
        ? response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end()
        : response.writeHead(307, { location: `http://127.0.0.1:${port}/blob` }).end();
    expect((await read()).equals(content)).toBe(true);
    expect(asked.at(-2)?.headers.authorization).toBeDefined();
    expect(asked.at(-1)?.headers.authorization).toBeUndefined();
    other.close();
  });
  test("whose token service is at a private address is refused", async () => {
    answer = (_, response) =>
      response.writeHead(401, { "www-authenticate": 'Bearer realm="http://10.0.0.7/token",service="x"' }).end();
    await expect(read()).rejects.toMatchObject({ code: "invalid", reason: "registry.address" });
  });
  test("itself at a private address that nobody allowed is refused without a byte sent", async () => {
    const closed = ociRegistry({ url, allowed: [] });
    await expect(closed.resolve("a/b", "1")).rejects.toMatchObject({ code: "invalid", reason: "registry.address" });
    await expect(ociRegistry({ url: "http://localhost:1", allowed: [] }).resolve("a/b", "1")).rejects.toMatchObject({
      reason: "registry.address",
    });
    expect(asked).toEqual([]);
  });
  test("that is away for a moment is asked again; one that stays away is unavailable", async () => {
    let count = 0;
    answer = (_, response) => {
      if (++count < 3) response.writeHead(503).end();
      else response.end(content);
    };
    expect((await read()).equals(content)).toBe(true);
    answer = (_, response) => response.writeHead(502).end();
    await expect(read()).rejects.toMatchObject({ code: "unavailable" });
  });
});
