import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { platformRegistry } from "../../infra/local/registry.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { type KubernetesBuilds, kubernetesBuilds } from "../../shared/adapters/kubernetes/builds.ts";
import { usualBuildSizes } from "../../shared/adapters/kubernetes/render/build-job.ts";
import { pullSecretName } from "../../shared/adapters/kubernetes/pull-secrets.ts";
import type { Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { DataCenter } from "../../shared/contract/data-center.ts";
import type { ImageRegistry } from "../../shared/ports/image-registry.ts";
import { demo, deployed, get } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { orderFor } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { noRegistry, startRegistry, type TestRegistry } from "../support/oci-registry.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { describeOnKubernetes, unique } from "./support.ts";
import { freePorts } from "../support/ports.ts";

const images = resolve("..", "shared", "kubernetes", "images");
const missing = [
  noRegistry,
  existsSync(images) ? "" : "the cluster's nodes do not reach a registry of ours",
  spawnSync("skopeo", ["--version"]).status === 0 ? "" : "skopeo is not installed",
].find((why) => why !== "");

(missing === undefined ? describeOnKubernetes : describe.skip)(
  `what is built from source, in a cluster without a registry${missing ? `: skipped, ${missing}` : ""}`,
  () => {
    let platform: Platform;
    let call: Awaited<ReturnType<typeof signUp>>["call"];
    let cluster: JoinedCluster;
    let registry: TestRegistry;
    let kept: ImageRegistry;
    let component: Component;

    const pushRunner = async (to: string): Promise<void> => {
      const archive = join(tmpdir(), "pluvia-test-node.tar");
      if (!existsSync(archive)) execFileSync(images, ["node", archive], { stdio: "ignore" });
      const { username, password } = await kept.pushCredential("runners", "runners/node");
      const flags = ["--quiet", "--dest-tls-verify=false", "--dest-creds", `${username}:${password}`];
      await promisify(execFile)("skopeo", ["copy", ...flags, `docker-archive:${archive}`, `docker://${to}`], {
        timeout: 120_000,
      });
    };
    const podOfIt = async () => {
      const [pod] = (await cluster.ours("Pod", "v1")) as unknown as (Pod & { spec: { imagePullSecrets: object[] } })[];
      if (!pod) throw new Error("nothing runs");
      return pod;
    };

    beforeAll(async () => {
      const port = await freePorts();
      const host = `127.0.0.1:${port}`;
      const url = `http://${host}`;
      platform = await startPlatform({ env: { PLUVIA_REGISTRY: url } });
      ({ call } = await signUp(platform.url));
      // In nodes the loopback is this machine's.
      const own = `http://127.0.0.1:${platform.port}`;
      const certificate = await (await fetch(`${own}/-/registry/certificate`)).text();
      registry = await startRegistry((folder) => {
        writeFileSync(`${folder}/trusted.pem`, certificate);
        const token = { realm: `${own}/-/registry/token`, service: "pluvia-registry", issuer: "pluvia" };
        return { auth: { token: { ...token, rootcertbundle: `${folder}/trusted.pem` } } };
      }, port);
      // Whoever has the platform's keys may do what it does.
      const home = { keys: join(platform.home, "keys") };
      kept = platformRegistry({ url, pullFrom: host, prefix: "" }, { home, clock: systemClock() }).images;
      await pushRunner(`${host}/runners/node:20`);
      cluster = await joinCluster(
        { url: platform.url, call },
        {
          name: "cluster",
          kubeconfig: String(process.env.PLUVIA_TEST_KUBECONFIG),
          env: { PLUVIA_RUNNER_IMAGES: JSON.stringify({ node: `${host}/runners/node:20` }) },
        },
      );
    }, 300_000);
    afterAll(async () => {
      await cluster?.leave();
      await registry?.close();
      await platform?.stop();
      if (platform) await removeHome(platform.home);
    });

    test("P1, C4: from a repository to an address that answers, by an image in the platform's registry", async () => {
      component = await deployed(call, {
        application: "hello",
        name: "web",
        git: demo(platform.url, "node"),
        dataCenter: cluster.dataCenter.id,
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${cluster.agents.log()}`);
      });
      expect(component).toMatchObject({ status: "running", dataCenter: cluster.dataCenter.id });
      expect((await get(String(component.url))).status).toBe(200);
      const { spec } = await podOfIt();
      expect(spec.imagePullSecrets).toEqual([{ name: pullSecretName }]);
      const [app] = spec.containers;
      expect(app?.image).toMatch(new RegExp(`^${registry.host}/${component.tenant}/${component.id}@sha256:`));
    });

    test("P6: agents that start while the platform is away put right what somebody breaks, by the image that ran", async () => {
      const [made] = (await cluster.ours("Deployment", "apps/v1")) as [KubernetesObject];
      const { spec } = await podOfIt();
      await cluster.agents.kill();
      await platform.kill();
      try {
        await cluster.again();
        await cluster.agents.ready();
        await cluster.client.remove(made, { propagation: "Foreground" });
        await eventually("another one is in its place", async () => {
          const [now] = await cluster.ours("Deployment", "apps/v1");
          return now !== undefined && now.metadata.uid !== made.metadata.uid;
        }).catch((error: Error) => {
          throw new Error(`${error.message}\n${cluster.agents.log()}`);
        });
        await eventually("it answers", async () => (await get(String(component.url))).status === 200);
        expect((await podOfIt()).spec.containers[0]?.image).toBe(spec.containers[0]?.image);
      } finally {
        platform = await startPlatform({ home: platform.home, port: platform.port, env: { PLUVIA_REGISTRY: registry.url } });
      }
    });

    test("P6: its findings say where images are kept", async () => {
      await eventually("it is found", async () => {
        const { preflight } = await call<DataCenter>("GET", `/v1/data-centers/${cluster.dataCenter.id}`);
        const found = preflight?.checks.find(({ name }) => name === "registry");
        return found?.code === "image-registry.platform" && found.state === "passed";
      });
    });

    test("P5: by another team's credential a node does not get the image, by the team's own it does", async () => {
      const { metadata, spec } = await podOfIt();
      const { namespace = "" } = metadata;
      const { username, password } = await kept.pullCredential("tnt_0000000000000009");
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      const config = JSON.stringify({ auths: { [registry.host]: { username, password, auth } } });
      await cluster.client.create({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "another", namespace },
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": Buffer.from(config).toString("base64") },
      } as Parameters<typeof cluster.client.create>[0]);
      const pulling = async (secret: string) => {
        const name = `pulls-by-${secret}`;
        const app = { name: "app", image: spec.containers[0]?.image, imagePullPolicy: "Always", command: ["sleep", "600"] };
        await cluster.client.create({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name, namespace },
          spec: {
            automountServiceAccountToken: false,
            imagePullSecrets: [{ name: secret }],
            containers: [{ ...app, resources: { limits: { cpu: "50m", memory: "32Mi" } } }],
          },
        } as Parameters<typeof cluster.client.create>[0]);
        return eventually(`${name} is pulled or refused`, async () => {
          const pod = await cluster.client.get<Pod>({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace } });
          const state = pod?.status?.containerStatuses?.[0]?.state;
          if (state?.running) return "pulled";
          return /ErrImagePull|ImagePullBackOff/.test(state?.waiting?.reason ?? "") && "refused";
        });
      };
      expect([await pulling(pullSecretName), await pulling("another")]).toEqual(["pulled", "refused"]);
    });

    test("C6: a builder whose registry asks who pulls is pulled by the Secret that is named; without, its build says what is missing", async () => {
      const namespace = `builds-${unique()}`;
      const image = `${registry.host}/runners/node:20`;
      const runnerWith = (pullSecrets: readonly string[]) =>
        kubernetesBuilds({
          client: cluster.client,
          clock: systemClock(),
          context: {
            ...usualBuildSizes,
            ...{ memoryMib: 128, cpuMillis: 200, diskMib: 128, jobsMax: 2 },
            ...{ dataCenter: cluster.dataCenter.id, namespace, image, pullSecrets, reach: [] },
            command: ["/bin/sh", "-c", "exit 0"],
            podSecurity: "restricted",
          },
        });
      const overBy = async (runner: KubernetesBuilds) => {
        const order = orderFor({ url: "http://127.0.0.1:1" } as never, { source: { kind: "git", url: "https://example.org/a" } });
        const handle = await runner.start(order);
        return eventually("it is over", async () => {
          const state = await runner.observe(handle);
          return state !== "running" && state;
        });
      };
      const without = await overBy(runnerWith([]));
      expect(without).toMatchObject({ failure: { code: "builder.image", next: expect.stringContaining("builds.pullSecrets") } });
      const { username, password } = await kept.pullCredential("runners");
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      await cluster.client.create({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "pull", namespace },
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": JSON.stringify({ auths: { [registry.host]: { username, password, auth } } }) },
      } as Parameters<typeof cluster.client.create>[0]);
      expect(await overBy(runnerWith(["pull"]))).toBe("ended");
      const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      await cluster.client.remove(own, { propagation: "Background" });
    });

    /** The only one. */
    const tagOf = async (repository: string): Promise<string> => {
      const { username, password } = await kept.pullCredential(component.tenant);
      const flags = ["--tls-verify=false", "--creds", `${username}:${password}`];
      const { stdout } = await promisify(execFile)("skopeo", ["list-tags", ...flags, `docker://${registry.host}/${repository}`]);
      const { Tags } = JSON.parse(stdout) as { Tags: string[] };
      expect(Tags).toHaveLength(1);
      return String(Tags[0]);
    };

    test("its images go with a component", async () => {
      const { tenant, id } = component;
      const repository = `${tenant}/${id}`;
      const tag = await tagOf(repository);
      expect(await kept.resolve(tenant, repository, tag)).toMatch(/^sha256:/);
      await call("DELETE", `/v1/components/${id}`);
      await eventually("they are gone", async () => (await kept.resolve(tenant, repository, tag)) === undefined);
    });
  },
);
