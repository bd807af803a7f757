import { join } from "node:path";
import type { BuildOrder } from "../../shared/contract/agent.ts";

/** The folder of the source that is built. It was found in the tree without following links. */
export const sourceFolder = (root: string, order: Pick<BuildOrder, "source">): string => {
  const folder = "directory" in order.source ? (order.source.directory ?? "") : "";
  return join(root, ...folder.split("/").filter((part) => part !== "" && part !== "." && part !== ".."));
};
