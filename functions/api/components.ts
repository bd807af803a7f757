import { resource } from "../_runtime/resource.ts";
import { handler as list } from "./components/list.ts";
import { handler as create } from "./components/create.ts";
import { handler as view } from "./components/view.ts";
import { handler as update } from "./components/update.ts";
import { handler as plan } from "./components/plan.ts";
import { handler as remove } from "./components/remove.ts";
import { handler as deploy } from "./components/deploy.ts";
import { handler as configure } from "./components/configure.ts";
import { handler as start } from "./components/start.ts";
import { handler as stop } from "./components/stop.ts";
import { handler as restart } from "./components/restart.ts";
import { handler as scale } from "./components/scale.ts";
import { handler as rollback } from "./components/rollback.ts";
import { handler as move } from "./components/move.ts";
import { handler as listVariables } from "./components/list-variables.ts";
import { handler as updateVariables } from "./components/update-variables.ts";
import { handler as createLogTicket } from "./components/create-log-ticket.ts";
import { handler as createTerminalTicket } from "./components/create-terminal-ticket.ts";

export const handler = resource([
  list,
  create,
  view,
  update,
  plan,
  remove,
  deploy,
  configure,
  start,
  stop,
  restart,
  scale,
  rollback,
  move,
  listVariables,
  updateVariables,
  createLogTicket,
  createTerminalTicket,
]);
