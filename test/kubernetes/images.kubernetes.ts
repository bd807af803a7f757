import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { imageMaker } from "../../shared/adapters/http/oci/image-of.ts";
import { ociRegistry } from "../../shared/adapters/http/oci/registry.ts";
import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { pullSecretName, pullSecrets } from "../../shared/adapters/kubernetes/pull-secrets.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { staticCommand } from "../../shared/domain/build/detect/static.ts";
import { eventually } from "../support/eventually.ts";
import { tarOf } from "../support/image.ts";
import { noRegistry } from "../support/oci-registry.ts";
import { startTokenRegistry } from "../support/token-registry.ts";
import { workload } from "../support/workload.ts";
import { describeOnKubernetes, openClient, testNamespace } from "./support.ts";

const execute = promisify(execFile);

interface Pod extends KubernetesObject {
  readonly status?: {
    readonly podIP?: string;
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[];
  };
}

const images = resolve("..", "shared", "kubernetes", "images");
/** Nodes must reach this machine's loopback, which those of our own clusters do. */
const missing = [
  noRegistry,
  process.env.PLUVIA_TEST_CLUSTER ? "" : "the cluster's nodes do not reach a registry of ours",
  spawnSync("skopeo", ["--version"]).status === 0 ? "" : "skopeo is not installed",
].find((why) => why !== "");

const run = missing === undefined ? describeOnKubernetes : describe.skip;

run(`slugs on real nodes${missing ? `: skipped, ${missing}` : ""}`, () => {
  const tenant = "tnt_000000000000000a";
  let server: Awaited<ReturnType<typeof startTokenRegistry>>;
  let client: Client;
  let space: Awaited<ReturnType<typeof testNamespace>>;
  const archive = join(tmpdir(), "pluvia-test-node.tar");

  beforeAll(async () => {
    if (!existsSync(archive)) execFileSync(images, ["node", archive], { stdio: "ignore" });
    server = await startTokenRegistry("");
    client = openClient();
    space = await testNamespace("images");
    const { username, password } = await server.tokens.mint({ kind: "agent" }, 600);
    // Not a synchronous call: it asks the token service of this very process.
    await execute(
      "skopeo",
      [
        "copy",
        "--quiet",
        "--dest-tls-verify=false",
        "--dest-creds",
        `${username}:${password}`,
        `docker-archive:${archive}`,
        `docker://${server.host}/base/node:20`,
      ],
      { timeout: 120_000 },
    );
  });
  afterAll(async () => {
    client?.transport.close();
    await space?.remove();
    await server?.close();
    if (!process.env.PLUVIA_KEEP_IMAGES) rmSync(archive, { force: true });
  });

  const secrets = (clock = systemClock()) => {
    const labelsOf = () => ({ "app.kubernetes.io/managed-by": "pluvia" });
    const kept = pullSecrets({ client, clock, namespaceOf: () => space.namespace, labelsOf });
    const mint = (of: string) => async () => ({
      ...(await server.tokens.mint({ kind: "pull", tenant: of }, 3_600)),
      pullFrom: server.host,
    });
    return { ensure: (of: string) => kept.ensure(of, server.host, mint(of)), renew: (of: string) => kept.renew(of, mint(of)) };
  };
  const podOf = (name: string, image: { reference: string; command: readonly string[]; pullSecret?: string }) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: space.namespace },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: "Never",
      ...(image.pullSecret && { imagePullSecrets: [{ name: image.pullSecret }] }),
      securityContext: { runAsNonRoot: true },
      containers: [
        {
          name: "app",
          image: image.reference,
          command: [...image.command],
          env: [{ name: "PORT", value: "3000" }],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });
  const read = (name: string) =>
    client.get<Pod>({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: space.namespace } });
  const made = async (files: Parameters<typeof tarOf>[0], language: "node" | "static", command: string) => {
    const bytes = gzipSync(await tarOf(files));
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const artifact = {
      kind: "slug" as const,
      digest,
      sizeBytes: bytes.length,
      language,
      command,
      processes: {},
      variables: { WHO: "{slug}" },
    };
    const credential = await server.tokens.mint({ kind: "agent" }, 600);
    const make = imageMaker({
      registry: ociRegistry({ url: server.url, allowed: ["loopback"], credential: async () => credential }),
      pullFrom: server.host,
      prefix: "",
      artifacts: { fetch: async () => Readable.from([bytes]) },
      runners: { node: `${server.host}/base/node:20`, static: `${server.host}/base/node:20` },
      architecture: "amd64",
      source: () => {
        throw new Error("no other registry is needed");
      },
      pullSecret: secrets().ensure,
    });
    return make(workload({ artifact, command, tenant }));
  };
  const answerOf = async (name: string, path = "/"): Promise<string> => {
    let text = "";
    await eventually(`${name} answers`, async () => {
      const ip = (await read(name))?.status?.podIP;
      const answer = ip === undefined ? undefined : await fetch(`http://${ip}:3000${path}`).catch(() => undefined);
      if (answer?.status !== 200) return false;
      text = await answer.text();
      return true;
    });
    return text;
  };

  test("C4: a Node slug answers 200 from a pod, as a user without rights, in its own folder, which it may write to", async () => {
    const program = `
      const fs = require("fs");
      fs.writeFileSync("written", "beside itself");
      require("http").createServer((q, s) => s.end([process.cwd(), process.getuid(), process.env.WHO, process.env.HOME, fs.readFileSync("written")].join(" ")))
        .listen(process.env.PORT);`;
    const image = await made({ "app/server.js": program }, "node", "node server.js");
    expect(image.pullSecret).toBe(pullSecretName);
    await client.create(podOf("node", image));
    expect(await answerOf("node")).toBe("/slug/app 10001 /slug /slug/home beside itself");
  });

  test("C4: a static site is served by the server that its slug carries", async () => {
    const serverText = readFileSync(resolve("edge-agents/builder/static-server.mjs"), "utf8");
    const files = { "app/index.html": "<h1>Hello</h1>", "runtime/static-server.mjs": serverText };
    await client.create(podOf("static", await made(files, "static", staticCommand)));
    expect(await answerOf("static")).toBe("<h1>Hello</h1>");
  });

  test("P5: without the tenant's credential a node does not get the image", async () => {
    const image = await made({ "app/server.js": "process.exit(0) // private" }, "node", "node server.js");
    const { pullSecret: _, ...bare } = image;
    await client.create(podOf("bare", bare));
    await eventually("the pull is refused", async () =>
      /ErrImagePull|ImagePullBackOff/.test((await read("bare"))?.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? ""),
    );
  });

  test("a credential stays until half of its life is over, is replaced then, and nodes pull with the new one", async () => {
    const clock = steppedClock(Date.now());
    const kept = secrets(clock);
    await kept.ensure(tenant);
    const held = () =>
      client.get<KubernetesObject & { data: Record<string, string> }>({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: pullSecretName, namespace: space.namespace },
      });
    const before = await held();
    await kept.ensure(tenant);
    await kept.renew(tenant);
    expect((await held())?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    await clock.advance(1_801_000);
    await kept.renew(tenant);
    const after = await held();
    expect(after?.data).not.toEqual(before?.data);
    const image = await made(
      { "app/server.js": `require("http").createServer((q, s) => s.end("new")).listen(3000)` },
      "node",
      "node server.js",
    );
    await client.create(podOf("renewed", image));
    expect(await answerOf("renewed")).toBe("new");
  });
});
