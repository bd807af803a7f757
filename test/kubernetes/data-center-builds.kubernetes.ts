import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Build } from "../../shared/contract/release.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import { freePorts, type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { agentsNamespace, renderedChart } from "../support/chart.ts";
import { eventually } from "../support/eventually.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { describeOnKubernetes, unique } from "./support.ts";

const tool = resolve("..", "shared", "kubernetes", "cluster");
const cluster = process.env.PLUVIA_TEST_CLUSTER;
if (!cluster && process.env.PLUVIA_TEST_KUBECONFIG)
  console.warn(
    "Tests of builds in a data center are skipped: they need a cluster of their own, to load the builder's image into.",
  );

(cluster ? describeOnKubernetes : describe.skip)("C6: a data center builds the source of its team", () => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-builder-"));
  const namespace = `builds-${unique()}`;
  const image = "localhost/builder:1";
  const longMs = 400_000;
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let joined: JoinedCluster;
  let inside: string;

  beforeAll(async () => {
    const archive = join(folder, "builder.tar");
    execFileSync(process.execPath, [resolve("infra/images/builder.ts"), "git"], {
      stdio: "ignore",
      env: { ...process.env, NODE_OPTIONS: "", PLUVIA_BUILDER_ARCHIVE: archive, PLUVIA_BUILDER_IMAGE: image },
    });
    execFileSync(tool, ["load", String(cluster), archive], { stdio: "ignore" });
    const port = await freePorts();
    inside = `http://host.containers.internal:${port}`;
    platform = await startPlatform({ port, env: { PLUVIA_URL: inside } });
    const url = `http://127.0.0.1:${port}`;
    ({ call } = await signUp(url));
    const reach = ["10.0.0.0/8"];
    joined = await joinCluster(
      { url, call },
      {
        name: "builds",
        kubeconfig: String(process.env.PLUVIA_TEST_KUBECONFIG),
        env: {
          PLUVIA_BUILDS_IMAGE: image,
          PLUVIA_BUILDS_NAMESPACE: namespace,
          PLUVIA_BUILDS_REACH: JSON.stringify(reach),
        },
      },
    );
    // What Helm would have brought with these values.
    const { objects } = renderedChart({ cloudUrl: url, builds: { image, namespace, reach } });
    const own = objects.filter((each) => each.metadata.name === "pluvia-builds" || each.metadata.name === namespace);
    const here = (object: object) =>
      JSON.parse(JSON.stringify(object).replaceAll(`"namespace":"${agentsNamespace}"`, `"namespace":"${joinNamespace}"`));
    for (const object of own) await joined.client.apply(here(object) as KubernetesObject);
  }, longMs);
  afterAll(async () => {
    const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await joined?.client.remove(own, { propagation: "Background" });
    await joined?.leave();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
    rmSync(folder, { recursive: true, force: true });
  }, longMs);

  test(
    "as a job of its own, from the source to the artifact in the platform's store, with the builder's own image",
    async () => {
      const application = await call<{ id: string }>("POST", "/v1/applications", { name: "shop" });
      const component = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
        name: "web",
        source: { kind: "git", url: `${inside}/git/demos/node.git` },
        dataCenter: joined.dataCenter.id,
      });
      const { operation } = await call<{ operation: Operation }>("POST", `/v1/components/${component.id}/deploy`, {});
      const build = await eventually(
        "the build has ended",
        async () => {
          const now = await call<Build>("GET", `/v1/builds/${operation.build}`);
          return now.endedAt !== null && now;
        },
        longMs,
      );
      expect([build.state, build.failure]).toEqual(["succeeded", null]);
      expect(build.artifact).toMatchObject({ kind: "slug", language: "node" });
      expect(build.steps.filter((step) => step.state === "succeeded").map((step) => step.name)).toEqual(
        expect.arrayContaining(["source", "detect", "pack", "publish"]),
      );
      const jobs = await joined.client.list(
        { apiVersion: "batch/v1", kind: "Job" },
        { namespace, labels: { [labels.dataCenter]: joined.dataCenter.id } },
      );
      expect(jobs.items).toHaveLength(1);
    },
    longMs,
  );
});
