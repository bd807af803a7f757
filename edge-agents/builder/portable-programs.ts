import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Confined } from "./confine.ts";
import { runProcess } from "./process.ts";

const script = fileURLToPath(new URL("portable-programs.mjs", import.meta.url));

/** Makes the programs that match (`*` stands for a name) start with whichever interpreter is where they run. Done as the team's own user: what is there is of strangers. */
export const makePortable = async (confined: Confined, patterns: readonly string[]): Promise<void> => {
  const argv = [process.execPath, "--input-type=module", "-e", readFileSync(script, "utf8"), ...patterns];
  const started = confined.start(argv, { PATH: process.env.PATH ?? "" });
  const ran = await runProcess({ ...started, folder: "/", timeoutMs: 60_000 });
  if (ran.exitCode !== 0) throw new Error(`programs could not be made portable: ${ran.ended} ${ran.exitCode}`);
};
