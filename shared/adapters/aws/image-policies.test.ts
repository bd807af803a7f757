import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { isAllowed, resolved, Statement } from "../../../test/support/iam.ts";
import { pullPolicy, pushPolicy } from "./image-policies.ts";

const Role = z.object({
  Resources: z.object({
    ImagesRole: z.object({
      Properties: z.object({
        Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(z.unknown()) }) })),
      }),
    }),
  }),
});
const file = path.resolve(import.meta.dirname, "../../../infra/aws/images.yml");
const role = Role.parse(parse(readFileSync(file, "utf8").replaceAll("$" + "{sls:stage}", "test")))
  .Resources.ImagesRole.Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
  .map((each) => Statement.parse(resolved(each)));

const at = { repositoriesArn: "arn:aws:ecr:<AWS::Region>:<AWS::AccountId>:repository/", prefix: "pluvia-test/" };
/** A session may do what its role may, as far as its own policy lets it. */
const may = (policy: string, action: string, repository: string): boolean => {
  const session = z.array(Statement).parse(JSON.parse(policy).Statement);
  const call = { action: `ecr:${action}`, resource: at.repositoriesArn + repository, context: {} };
  return [role, session].every((statements) => isAllowed(statements, call));
};
const reading = ["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"];
const writing = ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"];
const own = "pluvia-test/tnt_a/cmp_1";
const others = [
  "pluvia-test/tnt_b/cmp_1",
  "pluvia-test/tnt_ab/cmp_1",
  "pluvia-other/tnt_a/cmp_1",
  "tnt_a/cmp_1",
  "pluvia-test-builder",
];

test("P5: what is pushed by may write its one repository, read that and what programs run on, and nothing else", () => {
  const policy = pushPolicy(at, "tnt_a/cmp_1");
  expect([...reading, ...writing].filter((action) => !may(policy, action, own))).toEqual([]);
  for (const elsewhere of ["pluvia-test/tnt_a/cmp_2", "pluvia-test/tnt_a/cmp_10", ...others])
    expect([...reading, ...writing].filter((action) => may(policy, action, elsewhere))).toEqual([]);
  const runner = "pluvia-test/runners/node";
  expect([...reading, ...writing].filter((action) => may(policy, action, runner))).toEqual(reading);
});

test("P5: what is pulled by may read all that its team has, and nothing else", () => {
  const policy = pullPolicy(at, "tnt_a");
  for (const repository of [own, "pluvia-test/tnt_a/cmp_2"])
    expect([...reading, ...writing].filter((action) => may(policy, action, repository))).toEqual(reading);
  for (const elsewhere of ["pluvia-test/runners/node", ...others])
    expect([...reading, ...writing].filter((action) => may(policy, action, elsewhere))).toEqual([]);
});

test("neither makes, changes nor removes a repository or an image, and both may ask for a token", () => {
  for (const policy of [pushPolicy(at, "tnt_a/cmp_1"), pullPolicy(at, "tnt_a")]) {
    expect(may(policy, "GetAuthorizationToken", "*")).toBe(true);
    const others = ["CreateRepository", "DeleteRepository", "BatchDeleteImage", "SetRepositoryPolicy", "PutLifecyclePolicy"];
    expect(others.filter((action) => may(policy, action, own))).toEqual([]);
  }
});
