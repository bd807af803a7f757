import { expect, test } from "@jest/globals";
import { editOf, textOf } from "./node-edit.ts";

const node = {
  labels: { "kubernetes.io/hostname": "n1", zone: "a", rack: "7" },
  taints: [
    { key: "node.kubernetes.io/unschedulable", value: null, effect: "NoSchedule" },
    { key: "gpu", value: "yes", effect: "NoSchedule" },
  ],
};

test("R1: what Kubernetes itself puts on a node is not offered for change", () => {
  expect(textOf(node)).toEqual({ labels: "zone=a\nrack=7", taints: "gpu=yes:NoSchedule" });
  expect(editOf(node, textOf(node))).toEqual({ labels: {} });
});
test("R1: only what is different is asked for; what is missing goes", () => {
  expect(editOf(node, { labels: "zone=b", taints: "" })).toEqual({
    labels: { rack: null, zone: "b" },
    taints: [],
    taintsSeen: node.taints,
  });
  expect(editOf(node, { labels: "zone=a\nrack=7\nempty=", taints: "gpu:NoExecute" })).toEqual({
    labels: { empty: "" },
    taints: [{ key: "gpu", value: null, effect: "NoExecute" }],
    taintsSeen: node.taints,
  });
});
test("a line that says nothing is named", () => {
  expect(editOf(node, { labels: "zone", taints: "" })).toEqual({ field: "labels", badLine: "zone" });
  expect(editOf(node, { labels: "", taints: "gpu=yes" })).toEqual({ field: "taints", badLine: "gpu=yes" });
});
