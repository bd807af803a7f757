import { expect, test } from "@jest/globals";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { clientAddress, proxiesFrom } from "./client-address.ts";

const [client, lie, proxy, inner] = ["203.0.113.7", "198.51.100.1", "192.0.2.10", "10.0.0.2"];
const event = (peer: string, forwarded?: string, secret?: string) =>
  ({
    headers: {
      ...(forwarded !== undefined && { "x-forwarded-for": forwarded }),
      ...(secret !== undefined && { "pluvia-proxy": secret }),
    },
    requestContext: { http: { sourceIp: peer } },
  }) as unknown as APIGatewayProxyEventV2;

test("A9: without a proxy of ours the peer is the client, whatever a header says", () => {
  expect(clientAddress(event(client, lie), { count: 0, secret: null })).toBe(client);
});
test("A9: behind one proxy it is whom that heard from, whatever the client wrote before", () => {
  const one = { count: 1, secret: null };
  expect(clientAddress(event(proxy, client), one)).toBe(client);
  expect(clientAddress(event(proxy, `${lie}, ${client}`), one)).toBe(client);
  expect(clientAddress(event(inner, `${lie},${client}, ${proxy}`), { count: 2, secret: null })).toBe(client);
});
test("A9: API Gateway adds CloudFront's address itself", () => {
  expect(clientAddress(event(proxy, `${lie}, ${client}, ${proxy}`), { count: 1, secret: null })).toBe(client);
  expect(clientAddress(event(proxy, "2001:db8::1, 192.0.2.10"), { count: 1, secret: null })).toBe("2001:db8::1");
});
test("A9: who reaches past the proxy does not know its secret, and is taken for itself", () => {
  const guarded = { count: 1, secret: "s3cret" };
  expect(clientAddress(event(proxy, client, "s3cret"), guarded)).toBe(client);
  for (const wrong of [undefined, "", "guess"])
    expect(clientAddress(event(client, `${lie}, ${client}`, wrong), guarded)).toBe(client);
});
test("a header that is too short, or no address, is not believed", () => {
  const one = { count: 1, secret: null };
  for (const forwarded of [undefined, "", ",", "unknown", "<script>", `${proxy}`])
    expect(clientAddress(event(proxy, forwarded), one)).toBe(proxy);
});
test("settings are read from the environment, and a wrong one is named", () => {
  expect(proxiesFrom({})).toEqual({ count: 0, secret: null });
  expect(proxiesFrom({ PLUVIA_PROXIES: "1", PLUVIA_PROXY_SECRET: "x" })).toEqual({ count: 1, secret: "x" });
  expect(() => proxiesFrom({ PLUVIA_PROXIES: "yes" })).toThrow(/PLUVIA_PROXIES is yes/);
});
