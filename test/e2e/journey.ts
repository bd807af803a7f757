import { spawnSync } from "node:child_process";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { signUp } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

type Call = Awaited<ReturnType<typeof signUp>>["call"];
type Accepted = { operation: Operation; component: Component };

export const demo = (url: string, name: string) => `${url}/git/demos/${name}.git`;
/** Demos beside Node's that this machine has the tools of. */
export const otherDemos: readonly string[] = [
  "static",
  ...(spawnSync("python3", ["-m", "venv", "--help"]).status === 0 ? ["python"] : []),
];
export const httpPort = { port: 8080, protocol: "http", internal: true, external: true };

/** The operation in its final state. */
export const ended = (call: Call, operation: string, withinMs?: number) =>
  eventually(
    `operation ${operation} ends`,
    async () => {
      const now = await call<Operation>("GET", `/v1/operations/${operation}`);
      return now.endedAt !== null && now;
    },
    withinMs,
  ); // a first build of Go compiles its standard library

/** Does something to a component and waits until it is done. @throws with the operation's failure. */
export async function act(call: Call, component: string, action: string, body?: unknown): Promise<Component> {
  const { operation } = await call<Accepted>("POST", `/v1/components/${component}/${action}`, body);
  const end = await ended(call, operation.id);
  if (end.state !== "succeeded")
    throw new Error(`${action}: ${end.state} ${JSON.stringify(end.failure)} ${JSON.stringify(end.steps)}`);
  return call<Component>("GET", `/v1/components/${component}`);
}

/** Application and component in one go, deployed from a Git URL. */
export async function deployed(
  call: Call,
  options: { application: string; name: string; git: string; variables?: Record<string, string>; dataCenter?: string },
): Promise<Component> {
  const application = await call<{ id: string }>("POST", "/v1/applications", { name: options.application });
  const component = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
    name: options.name,
    source: { kind: "git", url: options.git },
    configuration: { ports: [httpPort] },
    ...(options.dataCenter && { dataCenter: options.dataCenter }),
    variables: Object.entries(options.variables ?? {}).map(([name, value]) => ({ name, kind: "plain", value })),
  });
  return act(call, component.id, "deploy", {});
}

/** What `url` answers, asked at the loopback address (or `at`) so that it works where `*.localhost` is not resolved. */
export async function get(url: string, path = "/", at = "127.0.0.1"): Promise<{ status: number; text: string }> {
  const target = new URL(path, url);
  const { request } = await import("node:http");
  return new Promise((done, failed) => {
    const asked = request(
      { host: at, port: target.port, path: target.pathname + target.search, headers: { host: target.host } },
      (answer) => {
        let text = "";
        answer.on("data", (data) => {
          text += String(data);
        });
        answer.on("end", () => done({ status: answer.statusCode ?? 0, text }));
        answer.on("error", failed);
      },
    );
    asked.on("error", failed);
    asked.end();
  });
}
