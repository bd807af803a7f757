import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { Build } from "../../shared/contract/release.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import { keyOfRegistryFile, registryFiles } from "../../shared/domain/build/registry-files.ts";
import { runnerImages } from "../../shared/domain/image/runner.ts";
import { ended, get, httpPort } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { agentsNamespace, renderedChart } from "../support/chart.ts";
import { eventually } from "../support/eventually.ts";
import { type ForwardProxy, startForwardProxy } from "../support/forward-proxy.ts";
import { type GitServer, makeRepository, startGitServer } from "../support/git-server.ts";
import { noRegistry, startRegistry, type TestRegistry } from "../support/oci-registry.ts";
import { type PrivateAuthority, privateAuthority } from "../support/private-authority.ts";
import { isInstalled, mirrorSettings, type PackageMirrors, startPackageMirrors } from "../support/package-mirrors.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { languageProjects } from "./language-projects.ts";
import { describeOnKubernetes, unique } from "./support.ts";
import { freePorts } from "../support/ports.ts";

const run = promisify(execFile);

const missing = [
  noRegistry,
  existsSync(resolve("..", "shared", "kubernetes", "cluster")) ? "" : "the cluster's nodes do not reach a registry of ours",
  spawnSync("skopeo", ["--version"]).status === 0 ? "" : "skopeo is not installed",
  spawnSync("openssl", ["version"]).status === 0 ? "" : "openssl is not installed",
  existsSync("/var/lib/dpkg/status") ? "" : "the builder's image is made of Debian's packages",
].find((why) => why !== "");

/** Those that this machine has the tools of. */
const projects = Object.entries(languageProjects).map(([name, project]) => {
  const absent = project.tools.filter((words) => !isInstalled(words)).map(([program]) => program);
  return { name, project, absent };
});

/**
 * The pods reach nothing but this machine: sources and packages come from servers whose certificates only the data center's own authority vouches for, and the
 * mirrors builds know by its Secret. What was built runs on the builder's
 * image, in place of each language's own, which cannot be had without a network.
 */
(missing === undefined ? describeOnKubernetes : describe.skip)(
  `C2, C6: a data center builds each language in pods without any right, with packages from its own mirrors, under its own authority${missing ? `: skipped, ${missing}` : ""}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "pluvia-languages-"));
    const [mirrored, repositories] = [join(folder, "mirrors"), join(folder, "repositories")];
    const [namespace, settingsSecret] = [`builds-${unique()}`, "mirrors"];
    const longMs = 900_000;
    const here = projects.filter(({ absent }) => absent.length === 0);
    let authority: PrivateAuthority;
    let platform: Platform;
    let call: Awaited<ReturnType<typeof signUp>>["call"];
    let joined: JoinedCluster;
    let git: GitServer;
    let proxy: ForwardProxy;
    let registry: TestRegistry;
    let mirrors: PackageMirrors;
    const deployed = new Map<string, Component>();
    const builds = new Map<string, Promise<Build>>();

    /** The builder's image, where nodes pull it. */
    const makeImage = async (): Promise<string> => {
      const [archive, image] = [join(folder, "builder.tar"), `${registry.host}/base/builder:1`];
      const packages = new Set(here.flatMap(({ project }) => project.packages));
      const env = { ...process.env, NODE_OPTIONS: "", PLUVIA_BUILDER_ARCHIVE: archive, PLUVIA_BUILDER_IMAGE: image };
      await run(process.execPath, [resolve("infra/images/builder.ts"), ...packages], { env });
      await run("skopeo", ["copy", "--quiet", "--dest-tls-verify=false", `oci-archive:${archive}`, `docker://${image}`]);
      rmSync(archive);
      return image;
    };
    const joinWith = async (url: string, image: string): Promise<void> => {
      const [reach, runners] = [["10.0.0.0/8"], Object.keys(runnerImages).map((language) => [language, image])];
      joined = await joinCluster(
        { url, call },
        {
          name: "languages",
          kubeconfig: String(process.env.PLUVIA_TEST_KUBECONFIG),
          env: {
            NODE_OPTIONS: `--import ${resolve("test/kubernetes/pod-names.ts")}`,
            // Agents and builders reach the platform through it, and what they start the mirrors.
            NODE_USE_ENV_PROXY: "1",
            // What the chart's caBundle sets.
            NODE_EXTRA_CA_CERTS: authority.file,
            HTTPS_PROXY: proxy.url.replace("127.0.0.1", "host.containers.internal"),
            HTTP_PROXY: proxy.url.replace("127.0.0.1", "host.containers.internal"),
            NO_PROXY: "127.0.0.1,localhost",
            PLUVIA_POD_SECURITY: "restricted",
            PLUVIA_DATA_CENTER_REGISTRY: registry.url,
            PLUVIA_DATA_CENTER_REGISTRY_USERNAME: "anybody",
            PLUVIA_DATA_CENTER_REGISTRY_PASSWORD: "whatever",
            PLUVIA_RUNNER_IMAGES: JSON.stringify(Object.fromEntries(runners)),
            PLUVIA_BUILDS_IMAGE: image,
            PLUVIA_BUILDS_NAMESPACE: namespace,
            PLUVIA_BUILDS_REACH: JSON.stringify(reach),
            PLUVIA_BUILDS_SETTINGS_SECRET: settingsSecret,
          },
        },
      );
      // What Helm would have brought with these values.
      const { objects } = renderedChart({ cloudUrl: url, builds: { image, namespace, reach, settingsSecret } });
      const own = objects.filter((each) => each.metadata.name === "pluvia-builds" || each.metadata.name === namespace);
      const text = JSON.stringify(own).replaceAll(`"namespace":"${agentsNamespace}"`, `"namespace":"${joinNamespace}"`);
      for (const object of JSON.parse(text) as KubernetesObject[]) await joined.client.apply(object);
      const settings = mirrorSettings(`https://host.containers.internal:${mirrors.port}`);
      const given = registryFiles.flatMap((file) => (file in settings ? [[keyOfRegistryFile(file), settings[file]]] : []));
      const metadata = { name: settingsSecret, namespace };
      await joined.client.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata,
        stringData: Object.fromEntries(given),
      } as KubernetesObject);
    };
    const buildOf = async (operation: string, build: string): Promise<Build> => {
      const end = await ended(call, operation, longMs);
      const made = await call<Build>("GET", `/v1/builds/${build}`);
      if (made.state === "succeeded" && end.state !== "succeeded")
        throw new Error(`${JSON.stringify(end.failure)}\n${joined.agents.log()}`);
      return made;
    };
    const deploy = async (application: string, name: string, files: Readonly<Record<string, string>>): Promise<void> => {
      const repository = name.toLowerCase().replaceAll(" ", "-");
      makeRepository(join(repositories, `${repository}.git`), files);
      const component = await call<Component>("POST", `/v1/applications/${application}/components`, {
        name: repository,
        source: { kind: "git", url: `https://host.containers.internal:${git.port}/${repository}.git` },
        dataCenter: joined.dataCenter.id,
        configuration: { ports: [httpPort], resources: { memoryMib: 256, cpuMillis: 200 } },
      });
      const { operation } = await call<{ operation: { id: string; build: string } }>(
        "POST",
        `/v1/components/${component.id}/deploy`,
        {},
      );
      deployed.set(name, component);
      builds.set(name, buildOf(operation.id, operation.build));
    };

    beforeAll(async () => {
      for (const each of [mirrored, repositories]) mkdirSync(each);
      authority = privateAuthority(folder);
      const identity = authority.identityFor("host.containers.internal");
      [registry, mirrors, git, proxy] = await Promise.all([
        startRegistry(),
        startPackageMirrors(mirrored, identity),
        startGitServer(repositories, { identity }),
        startForwardProxy(),
      ]);
      const port = await freePorts();
      const image = makeImage();
      const url = `https://host.containers.internal:${mirrors.port}`;
      const filled = Promise.all(here.map(({ project }) => project.fill(mirrored, url)));
      platform = await startPlatform({ port, env: { PLUVIA_URL: `http://host.containers.internal:${port}` } });
      ({ call } = await signUp(`http://127.0.0.1:${port}`));
      await joinWith(`http://127.0.0.1:${port}`, await image);
      await filled;
      const application = await call<{ id: string }>("POST", "/v1/applications", { name: "languages" });
      for (const { name, project } of here) await deploy(application.id, name, project.files);
    }, longMs);
    afterAll(async () => {
      await Promise.allSettled(builds.values());
      const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      await joined?.client.remove(own, { propagation: "Background" });
      await joined?.leave();
      await platform?.stop();
      if (platform) await removeHome(platform.home);
      for (const each of [proxy, git, mirrors, registry]) await each?.close();
      rmSync(folder, { recursive: true, force: true });
    }, longMs);

    for (const { name, project, absent } of projects)
      (absent.length === 0 ? test : test.skip)(
        `${name} is built, and answers${absent.length === 0 ? "" : `: skipped, ${absent.join(" and ")} is not installed`}`,
        async () => {
          const build = await builds.get(name);
          expect([build?.state, build?.failure]).toEqual(["succeeded", null]);
          expect([...mirrors.asked]).toContain(project.fetched);
          const component = await call<Component>("GET", `/v1/components/${deployed.get(name)?.id}`);
          const answered = await eventually("it answers", async () => {
            const answer = await get(String(component.url));
            return answer.status === 200 && answer.text;
          });
          expect(answered).toBe(project.answer);
        },
        longMs,
      );

    test("each build was a job of its own, and reached the platform through the proxy of the data center", async () => {
      expect([...proxy.hosts]).toContain(`host.containers.internal:${platform.port}`);
      const jobs = await joined.client.list(
        { apiVersion: "batch/v1", kind: "Job" },
        { namespace, labels: { [labels.dataCenter]: joined.dataCenter.id } },
      );
      expect(jobs.items).toHaveLength(here.length);
    });
  },
);
