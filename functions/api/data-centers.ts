import { resource } from "../_runtime/resource.ts";
import { handler as list } from "./data-centers/list.ts";
import { handler as view } from "./data-centers/view.ts";
import { handler as nodes } from "./data-centers/nodes.ts";
import { handler as usage } from "./data-centers/usage.ts";
import { handler as cordonNode } from "./data-centers/cordon-node.ts";
import { handler as uncordonNode } from "./data-centers/uncordon-node.ts";
import { handler as drainNode } from "./data-centers/drain-node.ts";
import { handler as updateNode } from "./data-centers/update-node.ts";
import { handler as create } from "./data-centers/create.ts";
import { handler as createJoinToken } from "./data-centers/create-join-token.ts";
import { handler as update } from "./data-centers/update.ts";
import { handler as updateAgents } from "./data-centers/update-agents.ts";
import { handler as cordon } from "./data-centers/cordon.ts";
import { handler as uncordon } from "./data-centers/uncordon.ts";
import { handler as revoke } from "./data-centers/revoke.ts";
import { handler as drain } from "./data-centers/drain.ts";
import { handler as leave } from "./data-centers/leave.ts";
import { handler as plan } from "./data-centers/plan.ts";
import { handler as viewJoinManifest } from "./data-centers/view-join-manifest.ts";
import { handler as viewJoinChart } from "./data-centers/view-join-chart.ts";

export const handler = resource([
  list,
  view,
  nodes,
  usage,
  cordonNode,
  uncordonNode,
  drainNode,
  updateNode,
  create,
  createJoinToken,
  update,
  updateAgents,
  cordon,
  uncordon,
  revoke,
  drain,
  leave,
  plan,
  viewJoinManifest,
  viewJoinChart,
]);
