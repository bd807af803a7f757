import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { refusal, requestHeaders, responseHeaders, valuesOf } from "./header.ts";

const outside = { address: "10.0.0.9", host: "shop.localhost", outside: true };

describe("Headers to an application", () => {
  test("leave out what belongs to one connection, and what the connection names", () => {
    const headers = [
      "Host",
      "shop.localhost",
      "Connection",
      "keep-alive, X-Hop",
      "X-Hop",
      "1",
      "TE",
      "trailers",
      "Keep-Alive",
      "5",
      "X-Kept",
      "2",
      "Upgrade",
      "h2c",
    ];
    const sent = requestHeaders(headers, outside, { chunked: false });
    expect(sent.slice(0, 4)).toEqual(["Host", "shop.localhost", "X-Kept", "2"]);
  });

  test("a client cannot have Host or Content-Length taken away by naming them in Connection", () => {
    const sent = requestHeaders(["Host", "h", "Connection", "host, content-length", "Content-Length", "3"], outside, {
      chunked: false,
    });
    expect(valuesOf(sent, "host")).toEqual(["h"]);
    expect(valuesOf(sent, "content-length")).toEqual(["3"]);
  });

  test("what a client says of its origin is believed inside only", () => {
    const headers = ["Host", "h", "X-Forwarded-For", "1.1.1.1", "Forwarded", "for=1.1.1.1"];
    expect(valuesOf(requestHeaders(headers, outside, { chunked: false }), "x-forwarded-for")).toEqual(["10.0.0.9"]);
    expect(valuesOf(requestHeaders(headers, outside, { chunked: false }), "forwarded")).toEqual([]);
    expect(valuesOf(requestHeaders(headers, { ...outside, outside: false }, { chunked: false }), "x-forwarded-for")).toEqual([
      "1.1.1.1",
    ]);
  });

  test("there is exactly one framing, whatever came", () => {
    const names = fc.constantFrom(
      "Host",
      "Content-Length",
      "Transfer-Encoding",
      "Connection",
      "Upgrade",
      "X-A",
      "TE",
      "transfer-encoding",
    );
    const values = fc.constantFrom("chunked", "5", "close", "transfer-encoding", "upgrade, host", "x");
    return fc.assert(
      fc.property(fc.array(fc.tuple(names, values)), fc.boolean(), (pairs, chunked) => {
        const sent = requestHeaders(pairs.flat(), outside, { chunked });
        expect(valuesOf(sent, "transfer-encoding")).toEqual(chunked ? ["chunked"] : []);
        expect(valuesOf(sent, "connection")).toEqual([]);
        expect(valuesOf(sent, "host").length).toBeGreaterThan(0);
      }),
    );
  });
});

test("headers to a client keep order, case and repetition", () => {
  expect(responseHeaders(["Set-Cookie", "a", "Connection", "close", "set-cookie", "b", "Transfer-Encoding", "chunked"])).toEqual([
    "Set-Cookie",
    "a",
    "set-cookie",
    "b",
  ]);
});

test("requests that can be read two ways are refused", () => {
  expect(refusal({ headers: ["Host", "a", "host", "b"], url: "/" })).toBeDefined();
  expect(refusal({ headers: ["Host", "a", "Content-Length", "1", "content-length", "1"], url: "/" })).toBeDefined();
  expect(refusal({ headers: ["Host", "a"], url: "http://b/" })).toBeDefined();
  expect(refusal({ headers: ["Host", "a"], url: "/x?y" })).toBeUndefined();
});
