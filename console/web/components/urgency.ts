import type { Component, ComponentStatus } from "../../../shared/contract/component.ts";

/** The one that most wants a look comes first. */
export const urgency: readonly ComponentStatus[] = [
  "failed",
  "degraded",
  "unknown",
  "building",
  "starting",
  "updating",
  "stopping",
  "running",
  "scheduled",
  "succeeded",
  "stopped",
  "empty",
];

/** It speaks for the application. */
export const worstOf = (components: readonly Pick<Component, "status">[]): ComponentStatus =>
  urgency.find((status) => components.some((c) => c.status === status)) ?? "empty";

export const wantsLook = (c: Pick<Component, "status" | "undeployed">): boolean =>
  c.status === "failed" || c.status === "degraded" || c.status === "unknown" || c.undeployed;
