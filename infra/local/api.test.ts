import type { IncomingMessage } from "node:http";
import { apiPart } from "./api.ts";
import type { Faas } from "./faas/faas.ts";

const isServed = (url: string): boolean => apiPart({} as Faas).serves({ url } as IncomingMessage);

test.each(["/v1/session", "/v1", "/v1?x=1", "/v1/", "//v1/session", "/V1/session", "//V1"])(
  "A8: %s is the API's to answer, with the path that was meant, and not a page",
  (url) => expect(isServed(url)).toBe(true),
);
test.each(["/", "/v10", "/v1x/session", "/applications/v1/", "/?to=/v1/session"])("%s is a page's", (url) =>
  expect(isServed(url)).toBe(false),
);
