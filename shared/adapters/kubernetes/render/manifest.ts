import { createHash } from "node:crypto";
import type { KubernetesObject } from "../object.ts";

/** An object as it is to be, ready for server-side apply. */
export interface Manifest extends KubernetesObject {
  readonly [field: string]: unknown;
}

/** Stands for a content, in names and labels: 16 hexadecimal digits. */
export const hashOf = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
