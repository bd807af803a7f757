import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

const suite = `
import { spawn } from "node:child_process";
import { tied } from ${JSON.stringify(join(import.meta.dirname, "tied.ts"))};
const child = spawn(...tied("sleep", "600"), { stdio: "ignore" });
process.stdout.write(String(child.pid));
process.stdin.once("data", () => { throw new Error("nobody catches it"); });
`;
const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

(spawnSync("setpriv", ["--version"]).status === 0 ? test : test.skip)(
  "what tests start ends with a suite that dies of an error, or is killed",
  async () => {
    for (const end of ["error", "kill"]) {
      const dying = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", suite], {
        env: { ...process.env, NODE_OPTIONS: "" },
        stdio: ["pipe", "pipe", "ignore"],
      });
      const [said] = await once(dying.stdout, "data");
      const pid = Number(said);
      expect(runs(pid)).toBe(true);
      if (end === "error") dying.stdin.write("now");
      else dying.kill("SIGKILL");
      await eventually("what it started is gone", () => Promise.resolve(!runs(pid)));
    }
  },
);
