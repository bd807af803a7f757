import { resource } from "../_runtime/resource.ts";
import { handler as list } from "./audit/list.ts";

export const handler = resource([list]);
