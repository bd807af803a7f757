import { hostFor } from "../../shared/adapters/kubernetes/render/names.ts";
import { samples, tenant } from "./workloads.ts";

test("W1: a component's address is the name of its Service, whatever runs", () => {
  expect(hostFor(tenant, samples["stateless"]!.component)).toBe("cmp-0123456789abcdef.tnt-0123456789abcdef.svc");
});
