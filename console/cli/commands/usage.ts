import type { QuotaUse } from "../../../shared/contract/quota.ts";
import { type Standing, standingOf } from "../../../shared/domain/quota-use.ts";
import type { Context } from "../context.ts";

type Item = QuotaUse["items"][number];
const words: Readonly<Record<Item["name"], string>> = {
  applications: "applications",
  componentsPerApplication: "components of the largest application",
  components: "components",
  instances: "instances",
  memoryMib: "memory, MiB",
  storageMib: "storage, MiB",
  members: "members and open invitations",
  keys: "API keys",
  dataCenters: "data centers",
  buildsAtOnce: "builds at once",
  checksAtOnce: "checks at once",
  requestsPerSecond: "API requests a second",
  logMibPerDay: "log of builds a day, MiB",
};
const standings: Readonly<Record<Standing, string>> = { free: "", near: "nearly used up", full: "used up" };

export async function teamsUsage({ client, output }: Context): Promise<void> {
  const { items } = await client.quotaView();
  output.rows(
    items,
    ["LIMIT", "USED", "MOST", "", ""],
    items.map((item) => [
      words[item.name],
      item.used === null ? "-" : String(item.used),
      String(item.limit),
      standings[standingOf(item)],
      item.own ? "set for this team" : "",
    ]),
    "The team has no limits.",
  );
}
