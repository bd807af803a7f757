import { instanceEnd, instanceName } from "./instance-name.ts";

test.each([
  ["web", "web-2-k7x2p", "web-k7x2p"],
  ["web", "cmp-0123456789abcdef-6d4cf56db6-x9zqp", "web-x9zqp"],
  ["my-db", "cmp-0123456789abcdef-10", "my-db-10"],
])("an instance of %s that a data center calls %s is %s to people", (component, id, name) => {
  expect(instanceName(component, id)).toBe(name);
  expect(id.endsWith(`-${instanceEnd(id)}`)).toBe(true);
});
