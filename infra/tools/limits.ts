// npm run limits -- <team> [name=number,name=default]: for an operator, who is whoever may write to the platform's store. Shows the limits of a
// team, and gives it some of its own. The environment says which platform, as it does for its functions (PLUVIA_HOME, or all of infra/aws/environment.yml).
import { deps } from "../../functions/_runtime/deps.ts";
import { Fault, isFault } from "../../shared/base/fault.ts";
import { TenantId } from "../../shared/contract/id.ts";
import type { QuotaUse } from "../../shared/contract/quota.ts";
import { setLimits } from "../../shared/control/set-limits.ts";
import { limitChangesFrom } from "../../shared/domain/quota.ts";

const lineOf = ({ name, limit, used, own }: QuotaUse["items"][number]): string =>
  `${name.padEnd(26)}${String(limit).padStart(10)}${(used === null ? "" : String(used)).padStart(10)}${own ? "   of its own" : ""}`;

async function run([team, ...changes]: readonly string[]): Promise<string> {
  const tenant = TenantId.safeParse(team);
  if (!tenant.success)
    throw new Fault("invalid", `${team ?? "Nothing"} is no team's id.`, {
      next: "npm run limits -- tnt_… components=1000,buildsAtOnce=default",
    });
  process.env["PLUVIA_ADAPTERS"] ??= "local";
  const wanted = limitChangesFrom(changes.join(","));
  const use = await setLimits(deps(), tenant.data, wanted);
  return [`${"LIMIT".padEnd(26)}${"MOST".padStart(10)}${"USED".padStart(10)}`, ...use.items.map(lineOf)].join("\n");
}

try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  if (!isFault(error) || error.code === "internal") throw error;
  console.error(`${error.message} ${error.next}`);
  process.exitCode = 1;
}
