import { describe, expect, test } from "@jest/globals";
import { runningOf, workloadOf } from "../../../test/edge/workloads.ts";
import { labelOf, routesFor } from "./route.ts";

describe("Routes", () => {
  test("lead to the ready instances of every port", () => {
    const running = runningOf(workloadOf(1, { replicas: 3 }), [
      { id: "a", hostPort: 1 },
      { id: "b", hostPort: 2, state: "starting" },
      { id: "c", hostPort: 3, state: "draining" },
    ]);
    expect(routesFor([running])).toMatchObject([
      { port: 3000, labels: ["shop1"], condition: "ready", backends: [{ instance: "a", hostPort: 1 }] },
    ]);
  });

  test("what served before goes on at the default address while a release that moves the port gets ready (W7)", () => {
    const ports = [{ port: 4000, protocol: "http" as const, internal: true, external: true }];
    const moved = workloadOf(1, { ports, release: 2 });
    const old = { id: "old", hostPort: 1, port: 3000, release: 1 };
    expect(routesFor([runningOf(moved, [old])])[0]).toMatchObject({
      port: 4000,
      condition: "ready",
      backends: [{ instance: "old" }],
    });
    const both = runningOf(moved, [old, { id: "new", hostPort: 2, port: 4000, release: 2 }]);
    expect(routesFor([both])[0]?.backends.map((backend) => backend.instance)).toEqual(["new"]);
  });

  test("say why nobody answers", () => {
    const conditions = [
      runningOf(workloadOf(1), [], "progressing"),
      runningOf(workloadOf(2, { wanted: "stopped" }), []),
      runningOf(workloadOf(3, { replicas: 0 }), []),
      runningOf(workloadOf(4), [], "failed"),
    ];
    expect(routesFor(conditions).map((route) => route.condition)).toEqual(["starting", "stopped", "stopped", "failed"]);
  });

  test("ports with both switches off have no address (E1)", () => {
    const closed = workloadOf(1, { ports: [{ port: 3000, protocol: "http", internal: false, external: false }] });
    expect(routesFor([runningOf(closed, [{ id: "a", hostPort: 1 }])])).toMatchObject([
      { labels: [], internal: false, external: false },
    ]);
  });
});

describe("The label of a host", () => {
  test.each([
    ["shop.localhost", "shop"],
    ["shop.localhost:7071", "shop"],
    ["SHOP.LocalHost.:80", "shop"],
    ["shop.apps.example.com", "shop"],
    ["a.b.localhost", "a.b"],
    ["localhost", undefined],
    ["localhost:7071", undefined],
    ["127.0.0.1:7071", undefined],
    ["[::1]:7071", undefined],
    ["shop.example.org", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s → %s", (host, label) => {
    expect(labelOf(host, ["localhost", "apps.example.com"])).toBe(label);
  });
});
