import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Takes down what setup.ts brought up. */
// biome-ignore lint/style/noDefaultExport: jest takes the default export.
export default function teardown(): void {
  const name = process.env.PLUVIA_TEST_CLUSTER;
  if (!name) return;
  execFileSync(resolve("..", "shared", "kubernetes", "cluster"), ["down", name], { stdio: "inherit" });
  rmSync(join(tmpdir(), `${name}-busybox.tar`), { force: true });
}
