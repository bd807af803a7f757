import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Confined } from "./confine.ts";
import type { Workspace } from "./context.ts";
import { runProcess } from "./process.ts";

/** Each is whole at any time: another build of the team may be reading it. */
const script = `mkdir -p "$2" && cd "$2" || exit 1
for name in gradle.properties init.gradle; do
  if [ -f "$1/$name" ]; then cp "$1/$name" "$name.$$" && mv -f "$name.$$" "$name"; else rm -f "$name"; fi
done`;

/** Gradle reads its settings where it keeps its downloads, which builds of a team share: so the team's own user puts them there, who cannot lead us astray. */
export const shareGradleSettings = async (confined: Confined, { home, cache }: Workspace): Promise<void> => {
  const [from, to] = [join(home, ".gradle"), join(cache, "gradle")];
  if (!existsSync(from) && !existsSync(to)) return;
  const { argv, environment } = confined.start(["sh", "-c", script, "sh", from, to], { PATH: process.env.PATH ?? "" });
  const ran = await runProcess({ argv, environment, folder: "/", timeoutMs: 10_000 });
  if (ran.exitCode !== 0) throw new Error(`Gradle's settings could not be put in place: ${ran.ended} ${ran.exitCode}`);
};
