import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Deps, wire } from "../../functions/_runtime/deps.ts";
import { localDeps } from "../../functions/_runtime/local-deps.ts";
import { type Api, startApi } from "../support/api.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { newKey, password, signUp } from "../support/people.ts";

/** Instances of the API over one home, as after a restart or side by side: nothing is shared but what is stored. */
let home: string;
const made: Deps[] = [];
const instance = (): Deps => {
  const local = localDeps({ home, url: "http://localhost:7070", logLevel: "silent", env: {} });
  const deps = { ...memoryDeps(), ...local } as Deps;
  made.push(deps);
  return deps;
};
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "pluvia-api-"));
});
afterAll(async () => {
  for (const { table, queues } of made)
    for (const one of [table, ...Object.values(queues)]) (one as unknown as { close(): void }).close();
  await rm(home, { recursive: true });
});

test("A1: any instance answers any request: sessions, keys, throttles and repeats hold over all of them", async () => {
  const one = instance();
  const two = instance();
  const api: Api = await startApi(one as never);
  const ada = await signUp(api, "ada@example.org");
  const key = await newKey(api, ada);
  const create = () => api.ask("keyCreate", { as: ada.token, body: { name: "k" }, headers: { "idempotency-key": "a" } });
  const first = await create();
  for (let at = 0; at < 5; at++) await api.ask("sessionCreate", { body: { email: ada.email, password: "wrong password" } });

  wire(two);
  expect((await api.ask("sessionView", { as: ada.token })).body.user.id).toBe(ada.user);
  expect((await api.ask("tenantView", { as: key.secret })).status).toBe(200);
  expect((await create()).body).toEqual(first.body);
  for (let at = 0; at < 5; at++) await api.ask("sessionCreate", { body: { email: ada.email, password: "wrong password" } });
  expect((await api.ask("sessionCreate", { body: { email: ada.email, password } })).status).toBe(429);
  await api.ask("keyRemove", { as: ada.token, params: { key: key.id } });

  wire(one);
  expect((await api.ask("tenantView", { as: key.secret })).status).toBe(401);
  expect((await api.ask("sessionCreate", { body: { email: ada.email, password } })).status).toBe(429);

  const files = (await readdir(home, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  for (const file of files) {
    const content = await readFile(path.join(file.parentPath, file.name), "latin1");
    for (const secret of [password, ada.token, key.secret, first.body.secret]) expect(content.includes(secret)).toBe(false);
  }
});
