import { isFault } from "../../base/fault.ts";
import type { Action } from "../../contract/api-operation.ts";
import type { Command } from "../../contract/commands.ts";
import { allowed, allowedNarrowed, mayReach } from "../../domain/authorize.ts";
import type { Core } from "../core.ts";
import { findBuild, findComponent, findOperation } from "../find.ts";
import type { MemberOpened } from "./tables.ts";

type Changed = Extract<Command, { kind: "publish" }>;
type Reader = Pick<MemberOpened, "tenant" | "role" | "applications">;

/** What one must be allowed to do to read a thing of this kind. */
const viewOf: Readonly<Record<Changed["resource"], Action>> = {
  component: "component.view",
  operation: "component.view",
  build: "component.view",
  check: "component.view",
  application: "application.view",
  team: "team.view",
  member: "member.view",
  invitation: "member.view",
  key: "key.view",
  "data-center": "dataCenter.view",
};

/** Whether who listens to the team may read what changed, or might have before it was removed. */
export async function mayHear(deps: Pick<Core, "table">, reader: Reader, changed: Changed): Promise<boolean> {
  const action = viewOf[changed.resource];
  if (!allowed(reader.role, action)) return false;
  return reader.applications === null || (allowedNarrowed(action) && (await reaches(deps, reader, changed)));
}

async function reaches(deps: Pick<Core, "table">, reader: Reader, changed: Changed): Promise<boolean> {
  const { resource, resourceId, application } = changed;
  if (application !== undefined) return mayReach(reader, application);
  switch (resource) {
    case "application":
      return mayReach(reader, resourceId);
    case "component":
      return isFound(findComponent(deps, reader, resourceId));
    case "operation":
      return isFound(findOperation(deps, reader, resourceId));
    case "build":
      return isFound(findBuild(deps, reader, resourceId));
    default:
      return true;
  }
}

const isFound = (finding: Promise<unknown>): Promise<boolean> =>
  finding.then(
    () => true,
    (error: unknown) => {
      if (isFault(error, "not_found")) return false;
      throw error;
    },
  );
