import type { Observation } from "../../contract/agent.ts";
import type { Service } from "./shapes.ts";

/** Where external TCP ports are reached: at a port of every node, which `host` leads to, or at the load balancer, once the cluster has given one. */
export function tcpAddresses({ spec, status }: Service, host: string): Observation["addresses"] {
  const [balancer] = status?.loadBalancer?.ingress ?? [];
  const at = spec.type === "LoadBalancer" ? (balancer?.hostname ?? balancer?.ip) : host;
  return spec.ports.flatMap(({ port, nodePort }) => {
    const shown = spec.type === "LoadBalancer" ? port : nodePort;
    return at === undefined || shown === undefined ? [] : [{ port, protocol: "tcp" as const, url: `tcp://${at}:${shown}` }];
  });
}
