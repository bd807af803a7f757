import { resource } from "./_runtime/resource.ts";
import { handler as register } from "./agent-api/register.ts";
import { handler as desired } from "./agent-api/desired.ts";
import { handler as report } from "./agent-api/report.ts";
import { handler as place } from "./agent-api/place.ts";
import { handler as blobUrl } from "./agent-api/blob-url.ts";
import { handler as image } from "./agent-api/image.ts";
import { handler as pullCredential } from "./agent-api/pull-credential.ts";
import { handler as reportBuild } from "./agent-api/report-build.ts";
import { handler as buildBlobUrl } from "./agent-api/build-blob-url.ts";
import { handler as buildOrder } from "./agent-api/build-order.ts";

export const handler = resource([
  register,
  desired,
  report,
  place,
  blobUrl,
  image,
  pullCredential,
  buildOrder,
  reportBuild,
  buildBlobUrl,
]);
