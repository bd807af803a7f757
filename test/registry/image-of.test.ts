import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { type ImageMakerParts, imageMaker } from "../../shared/adapters/http/oci/image-of.ts";
import { ociRegistry, readWhole, type Registry } from "../../shared/adapters/http/oci/registry.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import { ImageManifest } from "../../shared/domain/image/manifest.ts";
import { imageOfFiles, pushImage, tarOf } from "../support/image.ts";
import { noRegistry, startRegistry, type TestRegistry } from "../support/oci-registry.ts";
import { workload as sample } from "../support/workload.ts";

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const slugFiles = {
  "app/server.js": "serve()",
  "app/node_modules/.bin/tool": { link: "../tool/run.js" },
  "app/node_modules/tool/run.js": "run()",
  "runtime/static-server.mjs": "x",
};

(noRegistry === "" ? describe : describe.skip)(`images of artifacts${noRegistry && `: skipped, ${noRegistry}`}`, () => {
  let server: TestRegistry;
  let registry: Registry;
  let count = 0;
  beforeAll(async () => {
    server = await startRegistry();
    registry = ociRegistry({ url: server.url, allowed: ["loopback"] });
    await pushImage(
      registry,
      { repository: "base/node", tag: "24" },
      { files: { "bin/node": "node" }, env: ["PATH=/usr/bin", "A=b"] },
    );
  });
  afterAll(() => server.close());

  const blobs = new Map<string, Buffer>();
  const keep = (bytes: Buffer): string => {
    blobs.set(digestOf(bytes), bytes);
    return digestOf(bytes);
  };
  let fetched = 0;
  const maker = (more: Partial<ImageMakerParts> = {}) =>
    imageMaker({
      registry,
      pullFrom: server.host,
      prefix: `p${count}/`,
      artifacts: {
        fetch: async (_tenant, digest) => {
          fetched += 1;
          return Readable.from([blobs.get(digest) ?? Buffer.alloc(0)]);
        },
      },
      runners: { node: `${server.host}/base/node:{version}` },
      architecture: "amd64",
      source: () => registry,
      ...more,
    });
  beforeEach(() => {
    count += 1;
    fetched = 0;
  });
  const slug = async (files: Parameters<typeof tarOf>[0] = slugFiles): Promise<Workload> => {
    const bytes = gzipSync(await tarOf(files));
    return sample({
      artifact: {
        kind: "slug",
        digest: keep(bytes),
        sizeBytes: bytes.length,
        language: "node",
        command: "node server.js",
        processes: {},
        variables: { NODE_ENV: "production", PATH: "{slug}/app/node_modules/.bin" },
        tools: { node: "24.3.0" },
      },
      command: "node server.js --port $PORT",
    });
  };
  const partsOf = (reference: string) => {
    const [, repository = "", digest = ""] = /^[^/]+\/(.+)@(sha256:.+)$/.exec(reference) ?? [];
    return { repository, digest };
  };
  const read = async (reference: string) => {
    const { repository, digest } = partsOf(reference);
    const manifest = ImageManifest.parse(JSON.parse((await registry.readManifest(repository, digest)).bytes.toString("utf8")));
    const blob = async (at: { digest: string; size: number }) =>
      readWhole(await registry.readBlob(repository, { digest: at.digest, sizeBytes: at.size }));
    const config = JSON.parse((await blob(manifest.config)).toString("utf8"));
    return { manifest, config, layer: await blob(manifest.layers.at(-1) ?? manifest.config) };
  };
  const entries = async (layer: Buffer): Promise<Header[]> => {
    const archive = extract();
    archive.end(gunzipSync(layer));
    const found: Header[] = [];
    for await (const entry of archive) {
      found.push(entry.header);
      entry.resume();
    }
    return found;
  };

  test("C4: a slug becomes its runner's layers and one more, owned by the user it runs as, every folder before its files", async () => {
    const image = await maker()(await slug());
    expect(image).toMatchObject({ command: ["/bin/sh", "-c", "exec node server.js --port $PORT"], variables: {} });
    expect(image.reference.startsWith(`${server.host}/p${count}/tnt_`)).toBe(true);
    const { manifest, config, layer } = await read(image.reference);
    expect(manifest.layers).toHaveLength(2);
    expect(config.rootfs.diff_ids[1]).toBe(digestOf(gunzipSync(layer)));
    expect(config.config).toMatchObject({ User: "10001:10001", WorkingDir: "/slug/app" });
    expect(config.config.Entrypoint).toBeUndefined();
    expect(config.config.Env).toEqual([
      "A=b",
      "HOME=/slug/home",
      "LANG=C.UTF-8",
      "NODE_ENV=production",
      "PATH=/slug/app/node_modules/.bin:/usr/bin",
      "TMPDIR=/tmp",
    ]);
    const all = await entries(layer);
    expect(all.map(({ name, type }) => `${type} ${name}`)).toEqual([
      "directory slug/",
      "directory slug/app/",
      "directory slug/home/",
      "file slug/app/server.js",
      "directory slug/app/node_modules/",
      "directory slug/app/node_modules/.bin/",
      "symlink slug/app/node_modules/.bin/tool",
      "directory slug/app/node_modules/tool/",
      "file slug/app/node_modules/tool/run.js",
      "directory slug/runtime/",
      "file slug/runtime/static-server.mjs",
    ]);
    expect(all.every(({ uid, gid }) => uid === 10_001 && gid === 10_001)).toBe(true);
  });

  test("C4: the same slug gives the same digest in an empty registry, and is fetched once however often and by however many it is asked for", async () => {
    const workload = await slug();
    const one = maker();
    const first = await Promise.all([one(workload), one(workload), one(workload)]);
    expect(new Set(first.map((image) => image.reference)).size).toBe(1);
    expect(fetched).toBe(1);
    expect(await maker()(workload)).toEqual(first[0]);
    expect(fetched).toBe(1);
    count += 1;
    const elsewhere = await maker()(workload);
    expect(partsOf(elsewhere.reference).digest).toBe(partsOf(first[0]?.reference ?? "").digest);
  });

  test("C4: a slug runs on the base image of the processor that it was built for, whatever the agent's is", async () => {
    const repository = `base/many${count}`;
    const bases = { amd64: "of amd64", arm64: "of arm64" };
    const manifests: object[] = [];
    for (const [architecture, word] of Object.entries(bases)) {
      const digest = await pushImage(registry, { repository, tag: architecture }, { files: { word }, architecture });
      const { bytes, mediaType } = await registry.readManifest(repository, digest);
      manifests.push({ mediaType, digest, size: bytes.length, platform: { os: "linux", architecture } });
    }
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    await registry.pushManifest(repository, "24", { mediaType, bytes });
    const own = maker({ runners: { node: `${server.host}/${repository}:24` } });
    const workload = await slug();
    const builtFor = async (architecture?: string) => {
      const artifact = { ...workload.artifact, ...(architecture && { architecture }) };
      const release = `${workload.release.slice(0, -1)}${architecture?.[1] ?? "0"}`;
      return (await read((await own({ ...workload, release, artifact } as Workload)).reference)).config.architecture;
    };
    expect([await builtFor(), await builtFor("arm64"), await builtFor("amd64")]).toEqual(["amd64", "arm64", "amd64"]);
  });

  test("two agents that compose at the same time push the same image", async () => {
    const workload = await slug();
    const images = await Promise.all([maker()(workload), maker()(workload)]);
    expect(images[0]).toEqual(images[1]);
  });

  test("a slug that arrives damaged or cut has no image afterwards, and is made when it arrives whole", async () => {
    const workload = await slug();
    const { digest } = workload.artifact as { digest: string };
    const whole = blobs.get(digest) ?? Buffer.alloc(0);
    for (const bad of [
      whole.subarray(0, whole.length - 20),
      gzipSync(await tarOf({ "app/other": "x" })),
      Buffer.from("no gzip"),
    ]) {
      const broken = maker({ artifacts: { fetch: async () => Readable.from([bad]) } });
      await expect(broken(workload)).rejects.toMatchObject({ code: "unavailable" });
    }
    expect(await registry.tags(`p${count}/${workload.tenant}/${workload.component}`)).toEqual([]);
    expect((await maker()(workload)).reference).toMatch(/@sha256:/);
  });

  test.each([
    ["a path out of the image", { "../etc/passwd": "x" }],
    ["a link out of it", { "app/link": { link: "../../../etc" } }],
    ["a name that removes files of lower layers", { "app/.wh.server.js": "x" }],
  ])("P5: a slug with %s is refused", async (_, files) => {
    await expect(maker()(await slug(files))).rejects.toMatchObject({ code: "invalid" });
  });

  test("an image's tag is resolved once per release: when it moves, only the next release follows, and a rollback goes back", async () => {
    const workload = sample({
      artifact: { kind: "image", reference: `${server.host}/base/app:1`, digest: null, command: null, variables: { X: "1" } },
    });
    const own = { ...workload, artifact: { ...workload.artifact, reference: `elsewhere.example/base/app:1` } } as Workload;
    const before = await pushImage(registry, { repository: "base/app", tag: "1" }, { files: { a: "1" } });
    const image = await maker()(own);
    expect(image).toEqual({
      reference: `elsewhere.example/base/app@${before}`,
      command: [],
      variables: { X: "1" },
      attachments: {},
    });
    const after = await pushImage(registry, { repository: "base/app", tag: "1" }, { files: { a: "2" } });
    expect((await maker()(own)).reference).toBe(image.reference);
    const next = { ...own, release: `${own.release.slice(0, -1)}z` } as Workload;
    expect((await maker()(next)).reference).toBe(`elsewhere.example/base/app@${after}`);
    // W7: a rollback brings back the very image that ran.
    const back = {
      ...next,
      release: `${own.release.slice(0, -1)}y`,
      artifact: { ...own.artifact, pinnedBy: own.release },
    } as Workload;
    expect((await maker()(back)).reference).toBe(image.reference);
    // P5: the data center's registry is no way to another team's images.
    await expect(maker()(workload)).rejects.toMatchObject({ code: "not_found" });
  });

  test("W7 P5: attachments' images are resolved once per release as well, pulled with the team's credential, and never another team's", async () => {
    const pulls: string[] = [];
    const pullSecret = async (tenant: string) => {
      pulls.push(tenant);
      return "pull";
    };
    const attachment = { name: "cache", kind: "sidecar", command: null, variables: {} } as const;
    const withImages = async (...images: string[]): Promise<Workload> => {
      const workload = await slug();
      const { configuration } = workload;
      const attachments = images.map((image, at) => ({
        ...attachment,
        name: `a${at}`,
        image,
        resources: configuration.resources,
      }));
      return { ...workload, configuration: { ...configuration, attachments } };
    };
    const name = "elsewhere.example/base/side:1";
    const before = await pushImage(registry, { repository: "base/side", tag: "1" }, { files: { a: "1" } });
    const workload = await withImages(name, name);
    const image = await maker({ pullSecret })(workload);
    expect(image.attachments).toEqual({ [name]: `elsewhere.example/base/side@${before}` });
    const after = await pushImage(registry, { repository: "base/side", tag: "1" }, { files: { a: "2" } });
    expect((await maker()(workload)).attachments).toEqual(image.attachments);
    const next = { ...workload, release: `${workload.release.slice(0, -1)}z` } as Workload;
    expect((await maker()(next)).attachments).toEqual({ [name]: `elsewhere.example/base/side@${after}` });
    const back = { ...next, artifact: { ...next.artifact, pinnedBy: workload.release } } as Workload;
    expect((await maker()(back)).attachments).toEqual(image.attachments);

    const own = `p${count}/${workload.tenant}/side`;
    await pushImage(registry, { repository: own, tag: "1" }, { files: { a: "1" } });
    const plain = { kind: "image", reference: name, digest: null, command: null, variables: {} } as const;
    const sided = { ...(await withImages(`${server.host}/${own}:1`)), artifact: plain } as Workload;
    pulls.length = 0;
    expect(await maker({ pullSecret })(sided)).toMatchObject({ pullSecret: "pull" });
    expect(pulls).toEqual([workload.tenant]);
    for (const foreign of [`${server.host}/base/side:1`, `${server.host}/base/side@${before}`])
      await expect(withImages(foreign).then(maker())).rejects.toMatchObject({ code: "not_found" });
    await expect(withImages("elsewhere.example/base/none:1").then(maker())).rejects.toMatchObject({ code: "not_found" });
  });

  test("W7: pins of one release go to its repository one after the other, each known before the next", async () => {
    let running = 0;
    let most = 0;
    const alone = async <Value>(work: Promise<Value>): Promise<Value> => {
      most = Math.max(most, ++running);
      return work.finally(() => (running -= 1));
    };
    const watched: Registry = {
      ...registry,
      pushBlob: (...all) => alone(registry.pushBlob(...all)),
      pushManifest: (...all) => alone(registry.pushManifest(...all)),
    };
    const names = ["1", "2", "3"].map((tag) => `elsewhere.example/base/pin:${tag}`);
    for (const tag of ["1", "2", "3"]) await pushImage(registry, { repository: "base/pin", tag }, { files: { a: tag } });
    const workload = await slug();
    const [reference = "", ...others] = names;
    const attachments = others.map((image, at) => ({
      name: `a${at}`,
      kind: "sidecar" as const,
      command: null,
      variables: {},
      image,
      resources: workload.configuration.resources,
    }));
    const image = await maker({ registry: watched })({
      ...workload,
      artifact: { kind: "image", reference, digest: null, command: null, variables: {} },
      configuration: { ...workload.configuration, attachments },
    });
    expect(Object.keys(image.attachments)).toEqual(others);
    expect(most).toBe(1);
  });

  test("a built image's archive is pushed as it is; another image in its place is refused", async () => {
    const made = await imageOfFiles({ files: { server: "x" } });
    const blob = (bytes: Buffer) => ({ [`./blobs/sha256/${digestOf(bytes).slice(7)}`]: bytes.toString("latin1") });
    const layout = async (): Promise<Buffer> => {
      const index = {
        schemaVersion: 2,
        manifests: [{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest: made.digest, size: made.manifest.length }],
      };
      const { pack } = await import("tar-stream");
      const packed = pack();
      packed.entry({ name: "./index.json" }, JSON.stringify(index));
      for (const bytes of [made.manifest, made.config, made.layer])
        packed.entry({ name: Object.keys(blob(bytes))[0] ?? "" }, bytes);
      packed.finalize();
      const pieces: Buffer[] = [];
      for await (const piece of packed) pieces.push(piece as Buffer);
      return gzipSync(Buffer.concat(pieces));
    };
    const archive = await layout();
    const artifact = {
      kind: "image" as const,
      reference: "localhost/pluvia:1",
      digest: digestOf(made.config),
      archive: { digest: keep(archive), sizeBytes: archive.length },
      command: null,
      variables: {},
    };
    const image = await maker()(sample({ artifact }));
    expect(partsOf(image.reference).digest).toBe(made.digest);
    expect((await maker()(sample({ artifact }))).reference).toBe(image.reference);
    expect(fetched).toBe(1);
    const other = { ...artifact, digest: `sha256:${"1".repeat(64)}` };
    await expect(maker()(sample({ artifact: other }))).rejects.toMatchObject({ code: "unavailable" });
  });
});
