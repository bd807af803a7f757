import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ComponentId, TenantId } from "../../contract/id.ts";
import { git } from "./git.ts";
import { localRepositories } from "./repositories.ts";

const tenant = TenantId.parse("tnt_0000000000000001");
const component = ComponentId.parse("cmp_0000000000000001");
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pluvia-repositories-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("made many times at once, there is one empty repository that a builder can read", async () => {
  const repositories = localRepositories(root, "http://localhost:7070/");
  await Promise.all(Array.from({ length: 8 }, () => repositories.ensure(tenant, component)));
  expect(await readdir(join(root, tenant))).toEqual([`${component}.git`]);
  expect(await git(["ls-remote", repositories.url(tenant, component)])).toBe("");
});

test("a new repository brings no hooks", async () => {
  const repositories = localRepositories(root, "http://localhost:7070");
  await repositories.ensure(tenant, component);
  expect(await readdir(fileURLToPath(repositories.url(tenant, component)))).not.toContain("hooks");
});

test("removed twice, it is gone; the address for people names application and component only", async () => {
  const repositories = localRepositories(root, "http://localhost:7070/");
  await repositories.ensure(tenant, component);
  await repositories.remove(tenant, component);
  await repositories.remove(tenant, component);
  expect(await readdir(join(root, tenant))).toEqual([]);
  expect(repositories.publicUrl({ application: "shop", component: "web" })).toBe("http://localhost:7070/git/shop/web.git");
});
