import { resource } from "../_runtime/resource.ts";
import { handler as cancel } from "./operations/cancel.ts";
import { handler as list } from "./operations/list.ts";
import { handler as view } from "./operations/view.ts";

export const handler = resource([cancel, list, view]);
