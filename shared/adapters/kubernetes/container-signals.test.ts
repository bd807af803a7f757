import { containerSignals } from "./container-signals.ts";
import type { ClusterEvent, ContainerState, Pod } from "./shapes.ts";

const image = `registry.example.org/shop/web@sha256:${"4040".repeat(16)}`;
const podOf = (state: ContainerState, restartCount = 0): Pod =>
  ({
    metadata: { name: "p" },
    spec: { containers: [{ name: "app", image }] },
    status: { phase: "Pending", containerStatuses: [{ name: "app", ready: false, restartCount, state }] },
  }) as unknown as Pod;
const codes = (state: ContainerState) => containerSignals(podOf(state), [], { path: "/", port: 80 }).map(({ code }) => code);
const pull = (why: string) =>
  codes({
    waiting: {
      reason: "ErrImagePull",
      message: `failed to pull and unpack image "${image}": failed to resolve "${image}": ${why}`,
    },
  });

describe("W5: why an image does not come, by the words of runtimes and registries", () => {
  test.each([
    ["dial tcp 10.0.0.1:5000: connect: connection refused", "image.unreachable"],
    ["dial tcp: lookup registry.example.org: no such host", "image.unreachable"],
    ["unexpected status from HEAD request to https://registry.example.org/v2/: 503 Service Unavailable", "image.unreachable"],
    ["unexpected status from HEAD request to https://registry.example.org/v2/: 403 Forbidden", "image.denied"],
    ["pull access denied, repository does not exist or may require authorization", "image.denied"],
    [`${image}: not found`, "image.not-found"],
    ["manifest unknown", "image.not-found"],
    ["no match for platform in manifest: not found", "image.platform"],
    ["no matching manifest for linux/amd64 in the manifest list entries", "image.platform"],
  ])("%s", (why, code) => expect(pull(why)).toEqual([code]));
  test("what a person is told is what the registry or the network said, once", () => {
    const why = 'Head "https://registry.example.org/v2/": dial tcp 10.0.0.1:443: connect: connection refused';
    const message = `Failed to pull image "${image}": rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: ${why}`;
    const event = { reason: "Failed", message, involvedObject: { kind: "Pod", name: "p" } } as unknown as ClusterEvent;
    const waiting = { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` };
    expect(containerSignals(podOf({ waiting }), [event], { path: "/", port: 80 })).toEqual([
      { code: "image.unreachable", detail: { image, message: why } },
    ]);
  });
  test("a program of another processor's", () => {
    const end = { exitCode: 255, message: "exec /usr/local/bin/web: exec format error\n" };
    expect(codes({ terminated: end })).toEqual(["image.platform"]);
  });
});
