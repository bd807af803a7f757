import { resource } from "../_runtime/resource.ts";
import { handler as create } from "./applications/create.ts";
import { handler as list } from "./applications/list.ts";
import { handler as remove } from "./applications/remove.ts";
import { handler as update } from "./applications/update.ts";
import { handler as view } from "./applications/view.ts";

export const handler = resource([create, list, remove, update, view]);
