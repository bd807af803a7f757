import { spawnSync } from "node:child_process";

/** Of util-linux, as every Linux has it. */
const tie = ["setpriv", "--pdeathsig", "TERM"] as const;
const canTie = spawnSync(tie[0], [...tie.slice(1), "true"]).status === 0;

/** How to start a program that is asked to end when we do, whatever ends us: a suite that dies of an error cleans nothing up. It is the same process. */
export const tied = (program: string, ...words: readonly string[]): [string, string[]] =>
  canTie ? [tie[0], [...tie.slice(1), program, ...words]] : [program, [...words]];
