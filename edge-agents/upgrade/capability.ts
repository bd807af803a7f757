import type { Capability } from "../../shared/contract/data-center.ts";

/** Whether the agents bring themselves to another version, as their chart says. */
export const updatesCapability = (upgrades: "automatic" | "manual"): Capability =>
  upgrades === "automatic"
    ? {
        name: "updates",
        available: true,
        message: "The agents bring themselves to the platform's version, where their image's tag is a version.",
        code: "capability.updates",
      }
    : {
        name: "updates",
        available: false,
        message: "The chart says upgrades=manual: whoever runs the cluster brings the agents to another version.",
        code: "capability.no-updates",
      };
