import * as z from "zod";
import { mediaTypes } from "../../../domain/image/manifest.ts";
import { digestOf, type Registry } from "./registry.ts";
import { jsonOf } from "./session.ts";

/** A name that stays: what a release's tag pointed to when it was first asked for. Kept in the data center's registry as an artifact without content. */
const Pin = z.looseObject({ annotations: z.object({ "io.pluvia.reference": z.string(), "io.pluvia.digest": z.string() }) });

const nothing = Buffer.from("{}");

const manifestOf = (reference: string, digest: string): Buffer => {
  const empty = { mediaType: mediaTypes.empty, digest: digestOf(nothing), size: nothing.length };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: "application/vnd.pluvia.pin.v1",
      config: empty,
      layers: [empty],
      annotations: { "io.pluvia.reference": reference, "io.pluvia.digest": digest },
    }),
  );
};

/** The digest that was kept for the tag; the first one to ask decides. */
export async function pinnedDigest(
  registry: Registry,
  at: { repository: string; tag: string; reference: string },
  find: () => Promise<string>,
): Promise<string> {
  if ((await registry.resolve(at.repository, at.tag)) !== undefined) {
    const kept = Pin.safeParse(jsonOf((await registry.readManifest(at.repository, at.tag)).bytes.toString("utf8")));
    const annotations = kept.data?.annotations;
    if (annotations?.["io.pluvia.reference"] === at.reference) return annotations["io.pluvia.digest"];
  }
  const digest = await find();
  const content = async function* () {
    yield nothing;
  };
  await registry.pushBlob(at.repository, content(), { bytesMax: nothing.length });
  await registry.pushManifest(at.repository, at.tag, { mediaType: mediaTypes.manifest, bytes: manifestOf(at.reference, digest) });
  return digest;
}
