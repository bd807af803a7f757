import { agentRights } from "../../domain/agent-rights.ts";
import { needsOf, needsText, type Rule, unmet } from "./preflight.ts";

const ruleOf = ({ groups, resources, names, verbs }: (typeof agentRights)[number]): Rule => ({
  apiGroups: groups,
  resources,
  verbs,
  ...(names && { resourceNames: names }),
});
const needs = needsOf(agentRights, ["cluster", "agents"]);

test("the rules of the chart meet every need", () => {
  expect(unmet(needs, agentRights.map(ruleOf))).toEqual([]);
});
test("a cluster administrator's rule meets every need", () => {
  expect(unmet(needs, [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }])).toEqual([]);
});
test("what a rule does not say is missing, and told in words", () => {
  const rules = agentRights.filter((right) => !right.resources.includes("nodes")).map(ruleOf);
  expect(needsText(unmet(needs, rules))).toBe("get, list, watch, patch nodes");
});
test("a rule for one object does not cover all, nor another one", () => {
  const rules = [
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"], resourceNames: ["others"] },
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["bind"], resourceNames: ["pluvia-tenant"] },
  ];
  const text = needsText(unmet(needs, rules));
  expect(text).toContain("get, patch deployments pluvia-agents");
  expect(text).not.toContain("clusterroles");
});
test("rights in the namespaces of teams are needed there alone", () => {
  expect(needs.map((need) => need.resource)).not.toContain("pods/exec");
  expect(needsOf(agentRights, ["tenant"]).map((need) => need.resource)).toContain("pods/exec");
});
