import { resource } from "../_runtime/resource.ts";
import { handler as create } from "./keys/create.ts";
import { handler as list } from "./keys/list.ts";
import { handler as remove } from "./keys/remove.ts";

export const handler = resource([create, list, remove]);
