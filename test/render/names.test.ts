import { hostFor } from "../../shared/adapters/kubernetes/render/names.ts";
import { tenant, workload } from "./workloads.ts";

test("W1: a component's address is the name of its Service, whatever runs", () => {
  expect(hostFor(tenant, workload({}).component)).toBe("cmp-0123456789abcdef.tnt-0123456789abcdef.svc");
});
