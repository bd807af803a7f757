import { existsSync } from "node:fs";
import { join } from "node:path";

const directories = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/run/current-system/sw/bin"];
/** Where a program of the machine's own lies. */
export const tool = (name: string): string => directories.map((d) => join(d, name)).find((path) => existsSync(path)) ?? name;
