import { Agent, request } from "node:http";

export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keepAlive?: boolean;
}

function ask(target: Target, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const { host, port, headers = {} } = target;
    const asked = request({ host, port, headers, agent, timeout: 10_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const body = Buffer.concat(chunks).toString().trim();
        if (answer.statusCode === 200) resolve(body);
        else reject(new Error(`${answer.statusCode} ${body.slice(0, 200)}`));
      });
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 10 s")));
    asked.on("error", reject);
    asked.end();
  });
}

/** Asks every target without a break, with a new connection each time or a kept one, until it is stopped; answers what went wrong. */
export function load(targets: readonly Target[], pauseMs = 5) {
  let going = true;
  const failures: string[] = [];
  const answers = new Set<string>();
  let count = 0;
  const run = async (target: Target): Promise<void> => {
    const agent = target.keepAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
    while (going) {
      count++;
      await ask(target, agent).then(
        (answer) => answers.add(answer),
        (error: unknown) => failures.push(`${new Date().toISOString()} ${target.name}: ${error}`),
      );
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    if (agent) agent.destroy();
  };
  const all = Promise.all(targets.map(run));
  return {
    answers,
    failures,
    count: () => count,
    async stop(): Promise<void> {
      going = false;
      await all;
    },
  };
}
