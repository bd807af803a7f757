import { describe, expect, test } from "@jest/globals";
import {
  buildJob,
  buildJobName,
  buildSecret,
  buildsNamespaceManifests,
} from "../../shared/adapters/kubernetes/render/build-job.ts";
import { buildOrder, builds } from "./workloads.ts";

interface Context {
  readonly [key: string]: unknown;
}
const podOf = (podSecurity: "restricted" | "baseline") => {
  const job = buildJob(buildOrder, { ...builds, podSecurity }) as unknown as {
    spec: { template: { spec: { securityContext: Context; containers: [{ securityContext: Context }] } } };
  };
  const { securityContext, containers } = job.spec.template.spec;
  return { pod: securityContext, container: containers[0].securityContext };
};

describe("C6: a builder's pod", () => {
  test("has no right at all; where Dockerfiles are to be built it may start containers, and is no more than that", () => {
    const [restricted, baseline] = [podOf("restricted"), podOf("baseline")];
    expect(restricted).toMatchObject({
      pod: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      container: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    });
    const { seccompProfile: _profile, ...user } = restricted.pod;
    expect(baseline).toEqual({
      pod: user,
      container: {
        ...restricted.container,
        allowPrivilegeEscalation: true,
        capabilities: { drop: ["ALL"], add: ["SETGID", "SETUID"] },
      },
    });
  });
  test("is of the level that its namespace enforces", () => {
    for (const podSecurity of ["restricted", "baseline"] as const) {
      const [namespace] = buildsNamespaceManifests({ ...builds, podSecurity });
      expect(namespace?.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": podSecurity });
    }
  });

  test("has the data center's settings of package managers as files of a home, where there are any", () => {
    const volumesOf = (settingsSecret: string | undefined): readonly unknown[] => {
      const job = buildJob(buildOrder, { ...builds, settingsSecret }) as unknown as {
        spec: { template: { spec: { volumes: readonly unknown[] } } };
      };
      return job.spec.template.spec.volumes;
    };
    const items = expect.arrayContaining([{ key: ".m2_settings.xml", path: ".m2/settings.xml" }]);
    const volume = { name: "settings", secret: { secretName: "mirrors", optional: true, items } };
    expect(volumesOf("mirrors")).toContainEqual(volume);
    expect(volumesOf(undefined)).toHaveLength(volumesOf("mirrors").length - 1);
  });

  test("has the certificates of authorities that are trusted here, in the Secret of its own, and tells its tools", () => {
    const certificates = "-----BEGIN CERTIFICATE-----";
    const trusting = { ...builds, certificates };
    expect(buildSecret(buildOrder, trusting)).toMatchObject({ stringData: { "ca.crt": certificates } });
    expect(buildJob(buildOrder, trusting)).toMatchObject({
      spec: {
        template: {
          spec: {
            volumes: expect.arrayContaining([
              { name: "ca", secret: { secretName: buildJobName(buildOrder), items: [{ key: "ca.crt", path: "ca.crt" }] } },
            ]),
            containers: [
              {
                env: expect.arrayContaining([{ name: "NODE_EXTRA_CA_CERTS", value: "/etc/pluvia/ca/ca.crt" }]),
                volumeMounts: expect.arrayContaining([{ name: "ca", mountPath: "/etc/pluvia/ca", readOnly: true }]),
              },
            ],
          },
        },
      },
    });
    expect(JSON.stringify([buildJob(buildOrder, builds), buildSecret(buildOrder, builds)])).not.toMatch(/ca\.crt/);
  });

  test("names the credentials for its image, where there are any", () => {
    const of = (pullSecrets: readonly string[]) => buildJob(buildOrder, { ...builds, pullSecrets });
    expect(of(["pull"])).toMatchObject({ spec: { template: { spec: { imagePullSecrets: [{ name: "pull" }] } } } });
    expect(JSON.stringify(of([]))).not.toContain("imagePullSecrets");
  });

  test("goes through the proxy that the agents go through", () => {
    const proxy = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: "http://proxy.example.org:3128" };
    const job = buildJob(buildOrder, { ...builds, proxy }) as unknown as {
      spec: { template: { spec: { containers: [{ env: readonly unknown[] }] } } };
    };
    const { env } = job.spec.template.spec.containers[0];
    for (const [name, value] of Object.entries(proxy)) expect(env).toContainEqual({ name, value });
  });
});
