import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { JWK } from "jose";
import { registryTokens } from "../../shared/adapters/http/oci/token-service.ts";
import { jwtTokens } from "../../shared/adapters/jwt-tokens.ts";
import type { Secret } from "../../shared/adapters/kubernetes/shapes.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import { demo, deployed, get } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { noRegistry, startRegistry, type TestRegistry } from "../support/oci-registry.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { describeOnKubernetes } from "./support.ts";
import { freePorts } from "../support/ports.ts";

const images = resolve("..", "shared", "kubernetes", "images");
const missing = [
  noRegistry,
  existsSync(images) ? "" : "the cluster's nodes do not reach a registry of ours",
  spawnSync("skopeo", ["--version"]).status === 0 ? "" : "skopeo is not installed",
].find((why) => why !== "");

(missing === undefined ? describeOnKubernetes : describe.skip)(
  `what is built from source, in a cluster whose registry asks the agents${missing ? `: skipped, ${missing}` : ""}`,
  () => {
    let platform: Platform;
    let call: Awaited<ReturnType<typeof signUp>>["call"];
    let cluster: JoinedCluster;
    let registry: TestRegistry;

    /** As the agents sign: the registry's base image is the operator's business, who has their rights. */
    const operator = async () => {
      const ref = { apiVersion: "v1", kind: "Secret", metadata: { name: "pluvia-keys", namespace: joinNamespace } };
      const secret = await cluster.client.get<Secret>(ref);
      const keys = JSON.parse(Buffer.from(secret?.data?.["text"] ?? "", "base64").toString("utf8"));
      const clock = systemClock();
      const tokens = jwtTokens({ jwk: keys.credentials as JWK, clock });
      const parts = { tokens, key: keys.registry, issuer: "pluvia", service: "pluvia-registry", prefix: "", clock };
      return registryTokens(parts).mint({ kind: "agent" }, 600);
    };
    const pushBase = async (to: string): Promise<void> => {
      const archive = join(tmpdir(), "pluvia-test-node.tar");
      if (!existsSync(archive)) execFileSync(images, ["node", archive], { stdio: "ignore" });
      const { username, password } = await operator();
      const flags = ["--quiet", "--dest-tls-verify=false", "--dest-creds", `${username}:${password}`];
      await promisify(execFile)("skopeo", ["copy", ...flags, `docker-archive:${archive}`, `docker://${to}`], {
        timeout: 120_000,
      });
    };

    beforeAll(async () => {
      platform = await startPlatform();
      ({ call } = await signUp(platform.url));
      const port = await freePorts();
      const host = `127.0.0.1:${port}`;
      const env = {
        PLUVIA_DATA_CENTER_REGISTRY: `http://${host}`,
        PLUVIA_RUNNER_IMAGES: JSON.stringify({ node: `${host}/base/node:20` }),
      };
      cluster = await joinCluster(
        { url: platform.url, call },
        { name: "cluster", kubeconfig: String(process.env.PLUVIA_TEST_KUBECONFIG), env },
      );
      const gateway = `http://127.0.0.1:${cluster.agents.gatewayPort}`;
      const certificate = await (await fetch(`${gateway}/-/registry/certificate`)).text();
      registry = await startRegistry((folder) => {
        writeFileSync(`${folder}/trusted.pem`, certificate);
        const realm = `${gateway}/-/registry/token`;
        const token = { realm, service: "pluvia-registry", issuer: "pluvia", rootcertbundle: `${folder}/trusted.pem` };
        return { auth: { token } };
      }, port);
      await pushBase(`${host}/base/node:20`);
    }, 300_000);
    afterAll(async () => {
      await cluster?.leave();
      await registry?.close();
      await platform?.stop();
      if (platform) await removeHome(platform.home);
    });

    test("P1, C4: from a repository to an address that answers, by an image that nodes pull with the team's own credential", async () => {
      const component = await deployed(call, {
        application: "hello",
        name: "web",
        git: demo(platform.url, "node"),
        dataCenter: cluster.dataCenter.id,
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${cluster.agents.log()}`);
      });
      expect(component).toMatchObject({ status: "running", dataCenter: cluster.dataCenter.id });
      expect((await get(String(component.url))).status).toBe(200);
      const [pod] = (await cluster.ours("Pod", "v1")) as unknown as { spec: { imagePullSecrets: { name: string }[] } }[];
      expect(pod?.spec.imagePullSecrets).toEqual([{ name: "pluvia-pull" }]);
    });
  },
);
