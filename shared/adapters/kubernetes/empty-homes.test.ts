import { describe, expect, test } from "@jest/globals";
import type { DataCenterId, TenantId } from "../../contract/id.ts";
import { emptyHomes, isContent } from "./empty-homes.ts";
import type { KubernetesObject } from "./object.ts";
import { labels, ours } from "./render/names.ts";

const dataCenter = "dc_0000000000000001" as DataCenterId;
const own = ours(dataCenter);
const object = (kind: string, name: string, marks: object = {}, more: object = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, labels: { ...marks } },
  ...more,
});

describe("what is content of a team's namespace", () => {
  test.each([
    ["an instance", object("Pod", "x", own)],
    ["a volume, even of ours", object("PersistentVolumeClaim", "data", own)],
    ["anything of a component", object("Secret", "x", { ...own, [labels.component]: "cmp_1" })],
    ["anything of someone else", object("ConfigMap", "theirs")],
    ["what another data center put there", object("Secret", "x", ours("dc_0000000000000002" as DataCenterId))],
    ["a Secret of an unknown kind", object("Secret", "x", {}, { type: "Opaque" })],
  ])("%s", (_, each) => expect(isContent(each, own)).toBe(true));
  test.each([
    ["the account that instances run as", object("ServiceAccount", "pluvia-component", own)],
    ["the pull credential of the team", object("Secret", "pluvia-pull", own)],
    ["what Kubernetes puts everywhere", object("ConfigMap", "kube-root-ca.crt")],
    ["an account's token", object("Secret", "default-token", {}, { type: "kubernetes.io/service-account-token" })],
  ])("but not %s", (_, each) => expect(isContent(each, own)).toBe(false));
});

describe("W2: the namespace of a team that wants nothing any more", () => {
  const tenant = (digit: string) => `tnt_000000000000000${digit}` as TenantId;
  function cluster(content: Record<string, KubernetesObject[]>) {
    const removed: string[] = [];
    const spaces = ["1", "2"].map(
      (digit): KubernetesObject => ({
        ...object("Namespace", `tnt-${digit}`, { ...own, [labels.tenant]: tenant(digit) }),
        metadata: { name: `tnt-${digit}`, uid: digit, labels: { ...own, [labels.tenant]: tenant(digit) } },
      }),
    );
    const look = emptyHomes({
      client: {
        list: async <Kept>({ kind }: { kind: string }, { namespace = "" } = {}) => ({
          items: (kind === "Namespace" ? spaces : (content[namespace] ?? []).filter((o) => o.kind === kind)) as Kept[],
          resourceVersion: "1",
        }),
        remove: async (ref) => void removed.push(ref.metadata.name),
      },
      dataCenter,
      cronJob: { apiVersion: "batch/v1", kind: "CronJob" },
    });
    return { look, removed };
  }
  test("goes when it is found empty twice in a row; that of a team that is wanted stays", async () => {
    const { look, removed } = cluster({});
    const wanted = new Set([tenant("1")]);
    await look(wanted);
    expect(removed).toEqual([]);
    await look(wanted);
    expect(removed).toEqual(["tnt-2"]);
  });
  test("stays with a volume in it, or something of another", async () => {
    const { look, removed } = cluster({
      "tnt-1": [object("PersistentVolumeClaim", "data", own)],
      "tnt-2": [object("ConfigMap", "theirs")],
    });
    for (let at = 0; at < 3; at++) await look(new Set());
    expect(removed).toEqual([]);
  });
  test("stays when the team came back in between", async () => {
    const { look, removed } = cluster({});
    await look(new Set([tenant("1")]));
    await look(new Set([tenant("1"), tenant("2")]));
    await look(new Set([tenant("1")]));
    expect(removed).toEqual([]);
  });
});
