import { resource } from "../_runtime/resource.ts";
import { handler as list } from "./data-centers/list.ts";
import { handler as view } from "./data-centers/view.ts";

export const handler = resource([list, view]);
