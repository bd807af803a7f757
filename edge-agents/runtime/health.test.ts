import { networkInterfaces } from "node:os";
import { healthServer } from "./health.ts";

/** As a kubelet asks it, by the pod's address. */
const loopbacks = (networkInterfaces()["lo"] ?? []).map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));

test("without a host it answers at every address, of whichever family", async () => {
  const server = await healthServer({ address: ":0", unready: () => [], metrics: [] });
  try {
    for (const host of loopbacks) expect((await fetch(`http://${host}:${server.port}/healthz`)).status).toBe(200);
  } finally {
    await server.stop();
  }
});

test("readiness tells why not; metrics are read by Prometheus; what is asked for need not be a URL", async () => {
  const reasons = ["The cluster has not been looked at yet."];
  const leads = { name: "pluvia_agent_leads", help: "1 when this replica leads.", type: "gauge", value: () => 1 } as const;
  const server = await healthServer({ address: "127.0.0.1:0", unready: () => reasons, metrics: [leads] });
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [answer.status, await answer.text()];
  };
  try {
    expect(await ask("/healthz")).toEqual([200, "ok\n"]);
    expect(await ask("/readyz")).toEqual([503, "The cluster has not been looked at yet.\n"]);
    reasons.pop();
    expect(await ask("/readyz")).toEqual([200, "ok\n"]);
    expect(await ask("/metrics")).toEqual([
      200,
      "# HELP pluvia_agent_leads 1 when this replica leads.\n# TYPE pluvia_agent_leads gauge\npluvia_agent_leads 1\n",
    ]);
    expect((await ask("/else"))[0]).toBe(404);
    expect((await ask("/healthz?verbose"))[0]).toBe(200);
    for (const path of ["//", "//["]) expect((await ask(path))[0]).toBe(404);
  } finally {
    await server.stop();
  }
});
