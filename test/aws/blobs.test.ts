import { randomUUID } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { awsBlobs } from "../../shared/adapters/aws/blobs.ts";
import { blobStoreSuite } from "../contract/blobs.suite.ts";
import { fetchBlob } from "../contract/fetch-blob.ts";
import { describeEmulators } from "./emulator.ts";

/** moto compares neither checksums nor signatures; ministack does both. */
const unkept = { moto: ["checksums", "signatures"], ministack: [] } as const;

describeEmulators((name, aws) =>
  blobStoreSuite(
    `S3 of ${name}`,
    async () => {
      const client = new S3Client({ ...aws(), forcePathStyle: true });
      const bucket = `blobs-${randomUUID()}`;
      await client.send(
        new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }),
      );
      return { blobs: awsBlobs({ aws: aws(), bucket }), fetch: fetchBlob, close: async () => client.destroy() };
    },
    { unkept: unkept[name] },
  ),
);

test("the length and the checksum are signed with a write, so that no other content fits it", async () => {
  const aws = { region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const blob = { namespace: "tnt_a", digest: `sha256:${"0".repeat(64)}` };
  const { url, headers } = await awsBlobs({ aws, bucket: "blobs" }).writeRequest({ ...blob, sizeBytes: 5, expiresSeconds: 60 });
  const signed = new URL(url).searchParams.get("X-Amz-SignedHeaders");
  expect(signed).toBe("content-length;host;x-amz-checksum-sha256");
  expect(headers).toEqual({ "x-amz-checksum-sha256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" });
});
