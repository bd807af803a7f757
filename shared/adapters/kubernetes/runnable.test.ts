import { clusters, samples } from "../../../test/render/workloads.ts";
import type { Workload } from "../../contract/agent.ts";
import { assertRunnable } from "./runnable.ts";

const [old, newest] = [clusters["1.20"], clusters["1.35"]];
const { attachments } = samples.stateless.configuration;
const withAttachments = (w: Workload, kinds: readonly string[]): Workload => ({
  ...w,
  configuration: { ...w.configuration, attachments: attachments.filter(({ kind }) => kinds.includes(kind)) },
});

describe("P9: what a cluster cannot run is refused before anything of it changes", () => {
  test("a job would never end beside a sidecar that the cluster does not know as one", () => {
    for (const job of [samples.job, samples.cron]) {
      const asking = withAttachments(job, ["init", "sidecar"]);
      expect(() => assertRunnable(asking, old)).toThrow(/proxy.*Kubernetes 1\.29.*1\.20/);
      expect(() => assertRunnable(asking, newest)).not.toThrow();
      expect(() => assertRunnable(withAttachments(job, ["init"]), old)).not.toThrow();
    }
    expect(() => assertRunnable(samples.stateless, old)).not.toThrow();
  });
});
