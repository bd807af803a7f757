import { sha256 } from "../../base/digest.ts";
import { tarOf } from "../../base/tar.ts";
import { version } from "../../contract/version.ts";
import { renderTemplate } from "../../domain/chart.ts";
import { joinNamespace } from "../../domain/data-center.ts";
import { joinRefusal } from "../../domain/join.ts";
import { dataCenters, joinTokens, keyOf } from "../component-tables.ts";
import { read } from "../entity.ts";
import { chartFiles, chartValues } from "./chart.ts";
import { deadToken, type JoinDeps, refuse } from "./join-token.ts";

/** The manifests of the agents with this token inside. Reading them uses nothing up: only the agent's registration does. */
export async function joinManifest(deps: JoinDeps, token: string): Promise<string> {
  const found = await read(deps.table, joinTokens, keyOf.joinToken(await sha256(token)));
  const dead = deadToken(found, deps.clock.now());
  if (!found || dead) throw refuse(dead ?? joinRefusal("join.token-unknown"));
  if (found.usedBy !== null) throw refuse(joinRefusal("join.token-used"));
  const dataCenter = await read(deps.table, dataCenters, keyOf.dataCenter(found.dataCenter));
  if (!dataCenter) throw refuse(joinRefusal("join.token-unknown"));
  const values = {
    cloudUrl: deps.settings.url.replace(/\/+$/, ""),
    joinToken: token,
    dataCenter: dataCenter.id,
    createNamespace: true,
  };
  const facts = { values: { ...chartValues, ...values }, namespace: joinNamespace, version };
  const templates = Object.entries(chartFiles).filter(([name]) => /^templates\/[^_].*\.yaml$/.test(name));
  return (
    templates
      .map(([, template]) => renderTemplate(template, facts).trim())
      // Of what is not asked for nothing is left.
      .filter((text) => text !== "")
      .join("\n---\n")
      .concat("\n")
  );
}

/** The chart as `helm install` takes it: a gzipped tar, in base64. */
export async function joinChart(): Promise<string> {
  const files = Object.entries(chartFiles).map(([name, text]) => [`pluvia-agents/${name}`, text] as const);
  const zipped = new Blob([Buffer.from(tarOf(Object.fromEntries(files)))]).stream().pipeThrough(new CompressionStream("gzip"));
  return Buffer.from(await new Response(zipped).arrayBuffer()).toString("base64");
}
