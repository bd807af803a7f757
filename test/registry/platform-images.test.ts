import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { pullSecretsFor } from "../../edge-agents/image-store.ts";
import { platformImages } from "../../edge-agents/platform-images.ts";
import { cloud } from "../../edge-agents/runtime/cloud.ts";
import { platformRegistry } from "../../infra/local/registry.ts";
import { listen } from "../../infra/local/server.ts";
import { ociRegistry, type Registry } from "../../shared/adapters/http/oci/registry.ts";
import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import type { ImageRegistry } from "../../shared/ports/image-registry.ts";
import { pushImage, tarOf } from "../support/image.ts";
import { noRegistry, startRegistry, type TestRegistry } from "../support/oci-registry.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { workload as sample } from "../support/workload.ts";
import { freePorts } from "../support/ports.ts";

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const slug = gzipSync(await tarOf({ "app/server.js": "serve()" }));
const built = (): Workload =>
  sample({
    artifact: {
      kind: "slug",
      digest: `sha256:${createHash("sha256").update(slug).digest("hex")}`,
      sizeBytes: slug.length,
      language: "node",
      command: "node server.js",
      processes: {},
      variables: {},
      tools: { node: "24.3.0" },
    },
    command: "node server.js",
  });
const { tenant, component } = built();
const repository = `${tenant}/${component}`;

/** A cluster that keeps objects by their names, and counts what is written. */
function fakeCluster() {
  const kept = new Map<string, KubernetesObject & { data: Record<string, string> }>();
  const name = (o: KubernetesObject) => `${o.metadata.namespace}/${o.metadata.name}`;
  let writes = 0;
  const client = {
    get: async (o: KubernetesObject) => kept.get(name(o)),
    apply: async (o: KubernetesObject & { data: Record<string, string> }) => {
      writes += 1;
      kept.set(name(o), o);
      return o;
    },
  };
  const login = (): { username: string; password: string } => {
    const [secret] = [...kept.values()];
    const { auths } = JSON.parse(Buffer.from(String(secret?.data[".dockerconfigjson"]), "base64").toString("utf8"));
    return Object.values(auths)[0] as never;
  };
  return { client: client as unknown as Client, writes: () => writes, login };
}

/** The calls that agents make, answered as the platform answers them (shared/control/serve-images.ts). */
const platformOf = (images: ImageRegistry, server: TestRegistry, prefix: string) => {
  let asked = 0;
  const iso = ({ issuedAt, expiresAt, ...login }: Awaited<ReturnType<ImageRegistry["pullCredential"]>>) => ({
    ...login,
    issuedAt: issuedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  });
  return {
    asked: () => asked,
    api: {
      image: async (one: { tag: string }) => {
        asked += 1;
        const digest = (await images.resolve(tenant, repository, one.tag)) ?? null;
        const credential = digest === null ? iso(await images.pushCredential(tenant, repository)) : null;
        return { place: { url: server.url, pullFrom: server.host, repository: prefix + repository, digest, credential } };
      },
      pullCredential: async () => ({ credential: { ...iso(await images.pullCredential(tenant)), pullFrom: server.host } }),
    },
  };
};

const storeOf = (
  api: Parameters<typeof platformImages>[0]["api"],
  { cluster = fakeCluster(), clock = systemClock(), base = "127.0.0.1:1" } = {},
) => {
  let fetched = 0;
  const store = platformImages({
    api,
    cloudUrl: "http://127.0.0.1:7070",
    secrets: pullSecretsFor({ client: cluster.client, clock, dataCenter: "dc_0000000000000001" }),
    clock,
    artifacts: {
      fetch: async () => {
        fetched += 1;
        return Readable.from([slug]);
      },
    },
    runners: { node: `${base}/runners/node:{version}` },
    architecture: "amd64",
    source: () => {
      throw new Error("no other registry is needed");
    },
  });
  return { store, cluster, fetched: () => fetched };
};

(noRegistry === "" ? describe : describe.skip)(`the platform's registry${noRegistry && `: skipped, ${noRegistry}`}`, () => {
  const prefix = "pluvia/";
  let server: TestRegistry;
  let images: ImageRegistry;
  const closing: (() => unknown)[] = [];
  const as = (login: { username: string; password: string }): Registry =>
    ociRegistry({ url: server.url, allowed: ["loopback"], credential: async () => login });

  beforeAll(async () => {
    const port = await freePorts();
    const home = await temporaryDirectory();
    const at = { url: `http://127.0.0.1:${port}`, pullFrom: `127.0.0.1:${port}`, prefix };
    const platform = platformRegistry(at, { home: { keys: `${home.path}/keys` }, clock: systemClock() });
    ({ images } = platform);
    const web = await listen({ host: "127.0.0.1", port: 0, parts: [platform.part], log });
    const url = `http://127.0.0.1:${web.port}`;
    const certificate = await (await fetch(`${url}/-/registry/certificate`)).text();
    server = await startRegistry((folder) => {
      writeFileSync(`${folder}/trusted.pem`, certificate);
      const token = { realm: `${url}/-/registry/token`, service: "pluvia-registry", issuer: "pluvia" };
      return { auth: { token: { ...token, rootcertbundle: `${folder}/trusted.pem` } } };
    }, port);
    closing.push(
      () => server.close(),
      () => web.stop(100),
      home.remove,
    );
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });
  /** What an operator puts there, by the rights of whoever has the platform's keys. */
  const pushRunner = async () => {
    const tokens = await images.pushCredential("runners", "runners/node");
    return pushImage(as(tokens), { repository: `${prefix}runners/node`, tag: "24" }, { files: { "bin/node": "node" } });
  };

  test("C4: a slug becomes an image there, once; nodes pull it by their team's credential, and no other team's does", async () => {
    await pushRunner();
    const platform = platformOf(images, server, prefix);
    const first = storeOf(platform.api, { base: `${server.host}/${prefix.slice(0, -1)}` });
    const image = await first.store.imageOf(built());
    expect(image).toMatchObject({ pullSecret: "pluvia-pull", command: ["node", "server.js"], attachments: {} });
    const [, digest = ""] = image.reference.split("@");
    expect(image.reference).toBe(`${server.host}/${prefix}${repository}@${digest}`);
    const found = await as(first.cluster.login()).readManifest(prefix + repository, digest);
    expect(found.digest).toBe(digest);
    const other = as(await images.pullCredential("tnt_0000000000000009"));
    await expect(other.readManifest(prefix + repository, digest)).rejects.toMatchObject({ code: "forbidden" });

    // Another agent, or the same one after a start: it is there.
    const second = storeOf(platform.api, { base: `${server.host}/${prefix.slice(0, -1)}` });
    expect((await second.store.imageOf(built())).reference).toBe(image.reference);
    expect([first.fetched(), second.fetched()]).toEqual([1, 0]);
    await second.store.imageOf(built());
    expect(platform.asked()).toBe(2);
  });

  test("an image that has a registry already asks the platform for nothing", async () => {
    const platform = platformOf(images, server, prefix);
    const named = sample({
      artifact: { kind: "image", reference: "docker.io/library/nginx:1", digest: null, command: null, variables: {} },
    });
    expect(await storeOf(platform.api).store.imageOf(named)).toMatchObject({ reference: "docker.io/library/nginx:1" });
    expect(platform.asked()).toBe(0);
  });

  test("the platform removes a repository; what was pushed before is gone", async () => {
    const { repository: made } = await images.ensureRepository(tenant, "cmp_gone");
    await pushImage(
      as(await images.pushCredential(tenant, made)),
      { repository: prefix + made, tag: "1" },
      { files: { a: "b" } },
    );
    expect(await images.resolve(tenant, made, "1")).toMatch(/^sha256:/);
    await images.remove(tenant, made);
    expect(await images.resolve(tenant, made, "1")).toBeUndefined();
  });

  test("a registry that takes credentials themselves, as ECR does, is sent them for as long as they are good", async () => {
    const login = { username: "AWS", password: "secret" };
    const basic = await startRegistry((folder) => {
      // bcrypt of that password
      writeFileSync(`${folder}/htpasswd`, "AWS:$2y$04$S75lkWYiEmMP4c4syAUHCu2VskQYOWujJL8xBbasfG40mQXp/5b32\n");
      return { auth: { htpasswd: { realm: "ecr", path: `${folder}/htpasswd` } } };
    });
    closing.push(() => basic.close());
    let asked = 0;
    const at = (expiresAt: Date): Registry =>
      ociRegistry({
        url: basic.url,
        allowed: ["loopback"],
        credential: async () => {
          asked += 1;
          return { ...login, expiresAt };
        },
      });
    const now = Date.now();
    const good = at(new Date(now + 3_600_000));
    await pushImage(good, { repository: `${prefix}runners/node`, tag: "24" }, { files: { "bin/node": "node" } });
    // One for what is pushed, and one for what is read.
    expect(await good.resolve(`${prefix}runners/node`, "24")).toMatch(/^sha256:/);
    expect(asked).toBe(2);
    const over = at(new Date(now));
    await over.resolve(`${prefix}runners/node`, "24");
    await over.resolve(`${prefix}runners/node`, "24");
    expect(asked).toBe(4);

    const times = { issuedAt: new Date(now).toISOString(), expiresAt: new Date(now + 3_600_000).toISOString() };
    const place = { url: basic.url, pullFrom: basic.host, repository: prefix + repository, digest: null };
    const { store } = storeOf(
      {
        image: async () => ({ place: { ...place, credential: { ...login, ...times } } }),
        pullCredential: async () => ({ credential: { ...login, ...times, pullFrom: basic.host } }),
      },
      { base: `${basic.host}/${prefix.slice(0, -1)}` },
    );
    const [, digest = ""] = (await store.imageOf(built())).reference.split("@");
    expect((await good.readManifest(prefix + repository, digest)).digest).toBe(digest);
  });
});

describe("without a registry of its own", () => {
  const answering = (status: number, body: object) =>
    cloud(
      "http://127.0.0.1:7070",
      async () => "",
      async () => ({ ok: status < 300, status, text: async () => JSON.stringify(body) }),
    );
  const refusal = (reason: string) => ({
    error: { code: "not_found", message: "There is nothing.", next: "Look.", reason, fields: [], request: "r", operation: null },
  });

  test.each([
    ["has none", answering(200, { place: null })],
    ["is older than such a thing", answering(404, refusal("path.unknown"))],
  ])("what is built cannot run where the platform %s, and what is to do is said", async (_, api) => {
    await expect(storeOf(api).store.imageOf(built())).rejects.toMatchObject({
      code: "invalid",
      reason: "registry.none",
      next: expect.stringMatching(/chart.*PLUVIA_REGISTRY/),
    });
  });
  test("what the platform does not know as wanted here is not taken for a platform without a registry", async () => {
    await expect(storeOf(answering(404, refusal("not-found"))).store.imageOf(built())).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("a credential is renewed once half of its life is over, and only where nodes pull by one", async () => {
    const clock = steppedClock();
    const cluster = fakeCluster();
    let minted = 0;
    const api = {
      image: async () => ({
        place: { url: "http://r", pullFrom: "r", repository: "x/y", digest: `sha256:${"1".repeat(64)}`, credential: null },
      }),
      pullCredential: async () => {
        const issuedAt = clock.now().toISOString();
        const expiresAt = new Date(clock.now().getTime() + 12 * 3_600_000).toISOString();
        return { credential: { username: "AWS", password: String(++minted), issuedAt, expiresAt, pullFrom: "r" } };
      },
    };
    const { store } = storeOf(api, { cluster, clock });
    await store.renew({ tenant, component });
    expect(minted).toBe(0);
    await store.imageOf(built());
    await clock.advance(6 * 3_600_000 - 1);
    await store.renew({ tenant, component });
    expect(cluster.login()).toMatchObject({ username: "AWS", password: "1" });
    await clock.advance(1);
    await store.renew({ tenant, component });
    expect(cluster.login()).toMatchObject({ username: "AWS", password: "2" });
    expect(cluster.writes()).toBe(2);
  });
});
