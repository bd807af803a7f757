import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { AwsSettings } from "../../shared/adapters/aws/client.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/ports.ts";

/** Emulators of AWS that others wrote, as they are installed from the Python package index. */
const programs = {
  moto: {
    file: "moto_server",
    args: (port: number) => ["-H", "127.0.0.1", "-p", String(port)],
    env: () => ({ PYTHONPATH: join(import.meta.dirname, "moto") }),
  },
  ministack: {
    file: "ministack",
    args: () => [],
    env: (port: number) => ({ GATEWAY_PORT: String(port), MINISTACK_HOST: "127.0.0.1" }),
  },
} as const;
type EmulatorName = keyof typeof programs;

const folders = [
  process.env["PLUVIA_AWS_EMULATORS"] ?? join(import.meta.dirname, "../../.cache/aws/bin"),
  ...(process.env["PATH"] ?? "").split(delimiter),
].filter((f) => f !== "");

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: looked for elsewhere
  }
};
export const programAt = (file: string): string | undefined => folders.map((folder) => join(folder, file)).find(isProgram);

/** Those that this machine has. */
const emulatorNames = (Object.keys(programs) as EmulatorName[]).filter((name) => programAt(programs[name].file) !== undefined);

export interface Emulator {
  readonly aws: AwsSettings & {
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  stop(): Promise<void>;
}

async function startEmulator(name: EmulatorName): Promise<Emulator> {
  const program = programs[name];
  const path = programAt(program.file);
  if (path === undefined) throw new Error(`${program.file} is not installed`);
  const port = await freePorts();
  const child = spawn(path, program.args(port), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...program.env(port) },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      printed = (printed + String(data)).slice(-4_000);
    });
  const ended = once(child, "exit");
  const mustRun = () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${name} ended by itself (${child.exitCode ?? child.signalCode}): ${printed}`);
  };
  const endpoint = `http://127.0.0.1:${port}`;
  await eventually(`${name} answers`, () => {
    mustRun();
    return fetch(endpoint).then(
      () => true,
      () => false,
    );
  });
  return {
    aws: { region: "eu-central-1", endpoint, credentials: { accessKeyId: "test", secretAccessKey: "test" } },
    stop: async () => {
      mustRun();
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Once for every emulator of this machine, or for those of them that can what it needs. Says so where there is none. */
export function describeEmulators(
  suite: (name: EmulatorName, aws: () => Emulator["aws"]) => void,
  able: readonly EmulatorName[] = ["moto", "ministack"],
): void {
  const names = emulatorNames.filter((name) => able.includes(name));
  if (names.length === 0) return void describe.skip("no emulator of AWS is installed", () => test("skipped", () => {}));
  describe.each(names)("%s", (name) => {
    let emulator: Emulator;
    beforeAll(async () => {
      emulator = await startEmulator(name);
    });
    afterAll(() => emulator.stop());
    suite(name, () => emulator.aws);
  });
}
