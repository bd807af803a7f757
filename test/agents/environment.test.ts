import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { temporaryDirectory } from "../temporary-directory.ts";

const main = path.resolve(import.meta.dirname, "../../edge-agents/main.ts");

test("agents whose variable is misspelt say so first, with the one meant, and start", async () => {
  const home = await temporaryDirectory();
  const own = { PLUVIA_CLUSTER: "kubernetes", PLUVIA_AGENT_HOME: home.path, PLUVIA_CLOUD_ULR: "http://127.0.0.1:1" };
  const env = { ...process.env, NODE_OPTIONS: "", KUBECONFIG: "", ...own };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { msg } = JSON.parse(String((await lines.next()).value));
  // It goes on: there is no cluster here, and it says that, too.
  const next = await lines.next();
  child.kill("SIGKILL");
  await once(child, "close");
  await home.remove();
  expect(msg).toBe("PLUVIA_CLOUD_ULR is not known and changes nothing. Did you mean PLUVIA_CLOUD_URL?");
  expect(next.value).toContain("API server did not answer");
});
