import { resource } from "../_runtime/resource.ts";
import { handler as list } from "./releases/list.ts";
import { handler as view } from "./releases/view.ts";

export const handler = resource([list, view]);
