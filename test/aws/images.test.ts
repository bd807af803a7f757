import { randomUUID } from "node:crypto";
import { DescribeRepositoriesCommand, ECRClient, GetLifecyclePolicyCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import { sha256 } from "../../shared/base/digest.ts";
import { awsImages } from "../../shared/adapters/aws/images.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { platformRegistryFrom } from "../../shared/domain/image/platform-registry.ts";
import { imageRegistrySuite } from "../contract/images.suite.ts";
import { describeEmulators, type Emulator } from "./emulator.ts";
import { createStack } from "./stack.ts";

const manifestOf = async (content: string): Promise<string> => {
  const blob = { digest: `sha256:${await sha256(content)}`, size: content.length };
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { ...blob, mediaType: "application/vnd.oci.image.config.v1+json" },
    // moto reckons an image's digest from its layers alone.
    layers: [{ ...blob, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }],
  });
};

/** Every test has a part of the registry to itself, by another prefix. */
const open = async (aws: Emulator["aws"]) => {
  const prefix = `pluvia-${randomUUID()}/`;
  const client = new ECRClient(aws);
  return {
    prefix,
    client,
    images: awsImages({
      aws,
      prefix,
      repositoriesArn: "arn:aws:ecr:eu-central-1:000000000000:repository/",
      roleArn: "arn:aws:iam::000000000000:role/images",
      clock: systemClock(),
    }),
    push: async (repository: string, imageTag: string, content: string) => {
      const imageManifest = await manifestOf(content);
      const asked = new PutImageCommand({ repositoryName: prefix + repository, imageTag, imageManifest });
      return String((await client.send(asked)).image?.imageId?.imageDigest);
    },
    close: async () => client.destroy(),
  };
};

describeEmulators((name, aws) => {
  // Neither emulator makes tokens of their own for different askers.
  imageRegistrySuite(`ECR of ${name}`, () => open(aws()), { unkept: ["credentials"] });

  test("a repository lets go of what is old", async () => {
    const { images, client, prefix } = await open(aws());
    const { repository } = await images.ensureRepository("tnt_a", "cmp_1");
    const repositoryName = prefix + repository;
    const found = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
    expect(found.repositories).toHaveLength(1);
    const { lifecyclePolicyText } = await client.send(new GetLifecyclePolicyCommand({ repositoryName }));
    expect(JSON.parse(String(lifecyclePolicyText)).rules).toHaveLength(2);
  });
  test("a credential is a name and a password with an end", async () => {
    const { images } = await open(aws());
    const { repository } = await images.ensureRepository("tnt_a", "cmp_1");
    for (const credential of [await images.pushCredential("tnt_a", repository), await images.pullCredential("tnt_a")]) {
      expect(credential).toMatchObject({ username: "AWS", password: expect.stringMatching(/./) });
      expect(credential.expiresAt).toBeInstanceOf(Date);
    }
  });
  test("what the stack tells its functions is where images go, and what its role may reach", async () => {
    const stack = await createStack(aws());
    const prefix = platformRegistryFrom(stack["PLUVIA_REGISTRY"])?.prefix ?? "";
    const repositoriesArn = String(stack["PLUVIA_REGISTRY_ARN"]);
    const roleArn = String(stack["PLUVIA_REGISTRY_ROLE"]);
    const images = awsImages({ aws: aws(), prefix, repositoriesArn, roleArn, clock: systemClock() });
    const { repository } = await images.ensureRepository("tnt_a", "cmp_1");
    expect(await images.pushCredential("tnt_a", repository)).toMatchObject({ username: "AWS" });
    const client = new ECRClient(aws());
    const found = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [prefix + repository] }));
    client.destroy();
    expect(found.repositories?.[0]?.repositoryArn).toBe(`${repositoriesArn}${prefix}${repository}`);
  });
});
