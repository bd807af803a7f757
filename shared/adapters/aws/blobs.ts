import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { BlobName, BlobStore } from "../../ports/blob-store.ts";
import { blobName } from "../blob-rules.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface AwsBlobsOptions {
  readonly aws: AwsSettings;
  /** Of infra/aws/buckets.yml. */
  readonly bucket: string;
}

const checksumHeader = "x-amz-checksum-sha256";

/**
 * Objects of one bucket, named `<namespace>/<hex>`. A write is signed together with its length and its SHA-256, which S3 compares with what arrives: nobody
 * needs to look again, and writing the same again is the same object.
 */
export function awsBlobs({ aws, bucket: Bucket }: AwsBlobsOptions): BlobStore {
  // Only an emulator has an endpoint of its own, and no name per bucket.
  const client = new S3Client({
    ...clientConfig(aws),
    forcePathStyle: aws.endpoint !== undefined,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  const placeOf = (blob: BlobName) => ({ Bucket, Key: `${blob.namespace}/${blobName(blob)}` });
  return {
    has: async (blob) => {
      try {
        await client.send(new HeadObjectCommand(placeOf(blob)));
        return true;
      } catch (error) {
        if (error instanceof NotFound) return false;
        throw error;
      }
    },
    remove: async (blob) => void (await client.send(new DeleteObjectCommand(placeOf(blob)))),
    readUrl: async ({ expiresSeconds, ...blob }) =>
      getSignedUrl(client, new GetObjectCommand(placeOf(blob)), { expiresIn: expiresSeconds }),
    writeRequest: async ({ sizeBytes, expiresSeconds, ...blob }) => {
      const checksum = Buffer.from(blobName(blob), "hex").toString("base64");
      const command = new PutObjectCommand({ ...placeOf(blob), ContentLength: sizeBytes, ChecksumSHA256: checksum });
      const url = await getSignedUrl(client, command, {
        expiresIn: expiresSeconds,
        unhoistableHeaders: new Set([checksumHeader]),
        signableHeaders: new Set(["host", "content-length"]),
      });
      return { url, headers: { [checksumHeader]: checksum } };
    },
  };
}
