import { openFaas } from "../../../infra/local/faas/faas.ts";
import { listen } from "../../../infra/local/server.ts";
import { Fault } from "../../../shared/base/fault.ts";

// The local FaaS alone, serving the serverless.yml of a folder; prints its port.
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const noQueue = () => {
  throw new Fault("internal", "The bench has no queues.");
};
const faas = await openFaas({ file: `${process.argv[2]}/serverless.yml`, queueFor: noQueue, log: silent });
const { port } = await listen({
  host: "127.0.0.1",
  port: 0,
  parts: [{ serves: () => true, handle: (request, response) => faas.http.handle(request, response) }],
  log: silent,
});
process.stdout.write(`http://127.0.0.1:${port}\n`);
