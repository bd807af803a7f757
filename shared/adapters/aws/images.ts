import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  ECRServiceException,
  GetAuthorizationTokenCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { Fault } from "../../base/fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ImageCredential, ImageRegistry } from "../../ports/image-registry.ts";
import { imageName, repositoryOf } from "../image-rules.ts";
import { type AwsSettings, clientConfig } from "./client.ts";
import { pullPolicy, pushPolicy, type RepositoriesAt } from "./image-policies.ts";

export interface AwsImagesOptions extends RepositoriesAt {
  readonly aws: AwsSettings;
  /** May push to and pull from every repository below the prefix; who gets a credential may do less (image-policies.ts). */
  readonly roleArn: string;
  readonly clock: Clock;
}

/** Of the session that asks for a token: the longest that a role hands out when it was asked by another. ECR's tokens are good for twelve hours, whoever asked. */
const sessionSeconds = 3_600;
/** Releases that can be gone back to; ECR holds ten thousand at most. */
const imagesMax = 1_000;

const lifecycle = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: "What no tag names any more",
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
      action: { type: "expire" },
    },
    {
      rulePriority: 2,
      description: "The oldest",
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: imagesMax },
      action: { type: "expire" },
    },
  ],
});

/** One repository of ECR per component: `<prefix><tenant>/<component>`. */
export function awsImages(options: AwsImagesOptions): ImageRegistry {
  const { aws, prefix, roleArn, clock } = options;
  const client = new ECRClient(clientConfig(aws));
  const sts = new STSClient(clientConfig(aws));
  const placeOf = (tenant: string, repository: string): string => prefix + repositoryOf(tenant, imageName(tenant, repository));
  const credential = async (name: string, policy: string): Promise<ImageCredential> => {
    const asked = { RoleArn: roleArn, RoleSessionName: name, Policy: policy, DurationSeconds: sessionSeconds };
    const session = await sts.send(new AssumeRoleCommand(asked));
    const { AccessKeyId, SecretAccessKey, SessionToken } = session.Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw nothingAnswered("STS");
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const asker = new ECRClient({ ...clientConfig(aws), credentials });
    const issuedAt = clock.now();
    const { authorizationData } = await asker.send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken: token, expiresAt } = authorizationData?.[0] ?? {};
    if (token === undefined || expiresAt === undefined) throw nothingAnswered("ECR");
    const [username = "", password = ""] = Buffer.from(token, "base64").toString("utf8").split(":");
    return { username, password, issuedAt, expiresAt };
  };
  return {
    ensureRepository: async (tenant, name) => {
      const repository = repositoryOf(tenant, name);
      const repositoryName = placeOf(tenant, repository);
      const tags = [{ Key: "tenant", Value: tenant }];
      await unless("RepositoryAlreadyExistsException", client.send(new CreateRepositoryCommand({ repositoryName, tags })));
      await client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: lifecycle }));
      return { repository };
    },
    pushCredential: async (tenant, repository) =>
      credential(`push-${tenant}`, pushPolicy(options, repositoryOf(tenant, imageName(tenant, repository)))),
    pullCredential: async (tenant) => credential(`pull-${tenant}`, pullPolicy(options, tenant)),
    resolve: async (tenant, repository, tag) => {
      const asked = new DescribeImagesCommand({ repositoryName: placeOf(tenant, repository), imageIds: [{ imageTag: tag }] });
      const found = await unless(["ImageNotFoundException", "RepositoryNotFoundException"], client.send(asked));
      return found?.imageDetails?.[0]?.imageDigest;
    },
    remove: async (tenant, repository) => {
      const asked = new DeleteRepositoryCommand({ repositoryName: placeOf(tenant, repository), force: true });
      await unless("RepositoryNotFoundException", client.send(asked));
    },
  };
}

/** undefined when ECR refuses for one of these reasons. */
async function unless<T>(names: string | readonly string[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ECRServiceException && [names].flat().includes(error.name)) return undefined;
    throw error;
  }
}

const nothingAnswered = (service: string): Fault =>
  new Fault("unavailable", "No credential for the image registry could be had.", {
    next: "Try again in a while.",
    detail: { service },
  });
