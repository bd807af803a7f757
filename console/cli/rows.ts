import type { Component } from "../../shared/contract/component.ts";
import type { Release } from "../../shared/contract/release.ts";

/** A component's row: `id`, `name`, `status`, `url` and `release` are names that scripts rely on. */
export const componentRow = (component: Component, application: string) => ({
  id: component.id,
  name: component.name,
  application,
  status: component.status,
  url: component.url,
  release: component.release?.number ?? null,
  releaseId: component.release?.id ?? null,
  replicas: component.configuration.replicas,
  ready: component.instances.filter((i) => i.state === "ready").length,
  addresses: component.addresses,
  advice: component.advice,
  undeployed: component.undeployed,
  operation: component.operation,
  repositoryUrl: component.repositoryUrl,
});

export const releaseRow = (release: Release, current: number | undefined) => ({
  id: release.id,
  number: release.number,
  current: release.number === current,
  outcome: release.outcome,
  reason: release.reason,
  rollbackOf: release.rollbackOf,
  commit: release.commit?.id ?? null,
  message: release.commit?.message ?? null,
  createdBy: release.createdBy.name,
  createdAt: release.createdAt,
});
