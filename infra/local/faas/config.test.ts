import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig } from "./config.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "pluvia-"));
});
afterEach(() => rmSync(directory, { recursive: true }));
const read = (text: string, more: Record<string, string> = {}) => {
  for (const [name, content] of Object.entries({ "serverless.yml": text, ...more }))
    writeFileSync(path.join(directory, name), content);
  return readConfig(path.join(directory, "serverless.yml"));
};
const base = "service: s\nprovider: { name: aws, timeout: 7 }\n";

test("files, own values, stage and defaults are filled in; what only the hosted plane knows stays", () => {
  const [one] = read(
    `${base}custom: { hours: 3 }\nfunctions:\n  a: { handler: a.handler, timeout: "\${file(./t.yml):seconds.most}", environment: { T: "\${aws:accountId}", S: "\${sls:stage}-\${opt:x, 'y'}" }, events: [ { schedule: "rate(\${self:custom.hours} hours)" } ] }`,
    { "t.yml": "seconds: { most: 9 }" },
  );
  expect(one).toMatchObject({ name: "a", timeoutSeconds: 9, schedules: ["rate(3 hours)"], exportName: "handler" });
});
test("the provider's timeout holds where a function has none", () => {
  expect(read(`${base}functions: { a: { handler: a.handler } }`)).toMatchObject([{ timeoutSeconds: 7 }]);
});
test("a kind of event that would not run here is refused rather than left out", () => {
  expect(() => read(`${base}functions: { a: { handler: a.handler, events: [ { s3: bucket } ] } }`)).toThrow("is not understood");
});
test("a queue that is no resource is named", () => {
  expect(() =>
    read(
      `${base}functions: { a: { handler: a.handler, events: [ { sqs: { arn: { Fn::GetAtt: [LostQueue, Arn] }, batchSize: 1, functionResponseType: ReportBatchItemFailures } } ] } }`,
    ),
  ).toThrow("LostQueue");
});
