import { describe, expect, test } from "@jest/globals";
import { buildJob, buildsNamespaceManifests } from "../../shared/adapters/kubernetes/render/build-job.ts";
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
});
