import { resource } from "../_runtime/resource.ts";

/** The $default route: every request that no operation is for. */
export const handler = resource([]);
