import { resource } from "../_runtime/resource.ts";
import { handler as list } from "./builds/list.ts";
import { handler as log } from "./builds/log.ts";
import { handler as view } from "./builds/view.ts";

export const handler = resource([list, log, view]);
