import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { startFixture } from "./fixture.ts";

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.stop());
const call = (path: string, init?: RequestInit) => fetch(fixture.url + path, init);
const seen = async (path: string, init?: RequestInit) =>
  (await (await call(path, init)).json()) as { event: Record<string, unknown>; remaining: number; name: string; id: string };

test("a function gets the event of payload format 2.0", async () => {
  const { event, name, id, remaining } = await seen("/v1/things/a%20b%2Fc/parts/%F0%9F%98%80?tag=x&tag=y&empty=", {
    method: "POST",
    headers: { "content-type": "application/json", cookie: "a=1; b=2", "x-one": "1" },
    body: '{"name":"día"}',
  });
  expect(event).toMatchObject({
    version: "2.0",
    routeKey: "POST /v1/things/{thing}/parts/{part}",
    rawPath: "/v1/things/a%20b%2Fc/parts/%F0%9F%98%80",
    rawQueryString: "tag=x&tag=y&empty=",
    queryStringParameters: { tag: "x,y", empty: "" },
    pathParameters: { thing: "a b/c", part: "\u{1F600}" },
    cookies: ["a=1", "b=2"],
    headers: { "x-one": "1", "content-type": "application/json" },
    body: '{"name":"día"}',
    isBase64Encoded: false,
    requestContext: { http: { method: "POST", sourceIp: "127.0.0.1" }, requestId: id, stage: "$default" },
  });
  expect(event.headers).not.toHaveProperty("cookie");
  expect([name, remaining > 0 && remaining <= 5_000]).toEqual(["things", true]);
});
test("a body that is not text arrives as base64", async () => {
  const { event } = await seen("/v1/things/a/parts/b", {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: Buffer.from([0, 255, 10]),
  });
  expect(event).toMatchObject({ body: Buffer.from([0, 255, 10]).toString("base64"), isBase64Encoded: true });
});
test("so does one that says it is text and is not, for it to be refused rather than read as something else", async () => {
  const body = Buffer.from([0x22, 0xe9, 0x22]);
  const { event } = await seen("/v1/things/a/parts/b", { method: "POST", headers: { "content-type": "application/json" }, body });
  expect(event).toMatchObject({ body: body.toString("base64"), isBase64Encoded: true });
});
test("a fixed path wins over a parameter", async () => {
  expect((await seen("/v1/things/newest")).event.routeKey).toBe("GET /v1/things/newest");
  expect((await seen("/v1/things/other")).event.pathParameters).toEqual({ thing: "other" });
});
test("HEAD is answered as GET is, without the body", async () => {
  const [head, got] = [await call("/v1/things/newest", { method: "HEAD" }), await call("/v1/things/newest")];
  expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([
    got.status,
    got.headers.get("content-type"),
    "",
  ]);
  expect(Number(head.headers.get("content-length"))).toBeGreaterThan(0);
  expect((await call("/v1/nothing", { method: "HEAD" })).status).toBe((await call("/v1/nothing")).status);
});
test("cookies, headers, status and bytes are answered as the function says", async () => {
  const cookies = await call("/v1/things?ask=cookies");
  expect([cookies.status, cookies.headers.getSetCookie(), cookies.headers.get("x-thing")]).toEqual([
    204,
    ["a=1; HttpOnly", "b=2"],
    "7",
  ]);
  const binary = await call("/v1/things?ask=binary");
  expect([...new Uint8Array(await binary.arrayBuffer())]).toEqual([0, 255, 10]);
});
test.each(["throw", "wrong", "huge"])(
  "A8: a function that fails (%s) is answered 500 with an error body that hides why, and the process goes on",
  async (ask) => {
    const answer = await call(`/v1/things?ask=${ask}`);
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      error: {
        code: "internal",
        message: expect.any(String),
        next: expect.any(String),
        fields: [],
        operation: null,
        request: answer.headers.get("pluvia-request"),
      },
    });
    expect(text).not.toContain("secret");
    expect((await call("/v1/things")).status).toBe(200);
  },
);
test("a function that takes longer than it may is answered 503, and blocks nobody meanwhile", async () => {
  const slow = call("/v1/slow", { method: "POST" });
  expect((await call("/v1/things")).status).toBe(200);
  const answer = await slow;
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { error: { code: "unavailable", message: expect.stringContaining("1 seconds") } },
  ]);
});
test.each([
  ["GET", "/v1/nothing"],
  ["DELETE", "/v1/things"],
  ["GET", "/v1/things/"],
  ["GET", "/v1/things/a/b"],
])("what serverless.yml does not name is not there: %s %s", async (method, path) => {
  const answer = await call(path, { method });
  expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: "not_found" } }]);
});
test("a body over 6 MB is refused, told by its length or found on the way", async () => {
  const body = Buffer.alloc(6 * 1024 * 1024 + 1);
  const told = await call("/v1/things/a/parts/b", { method: "POST", body }).then(
    (answer) => answer.status,
    () => 413,
  );
  expect(told).toBe(413);
  expect(await chunked(`${fixture.url}/v1/things/a/parts/b`, body)).toBe(413);
  const sent = (type: string, bytes: number) =>
    call("/v1/things/a/parts/b?ask=length", { method: "POST", headers: { "content-type": type }, body: body.subarray(0, bytes) });
  expect((await sent("text/plain", 900_000)).status).toBe(200);
  // As base64 it is a third more: 5 MB of bytes are over Lambda's limit.
  expect((await sent("application/octet-stream", 5 * 1024 * 1024)).status).toBe(413);
  expect((await sent("application/octet-stream", 4 * 1024 * 1024)).status).toBe(200);
});
test.each([
  "GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n",
  "GET nothing HTTP/1.1\r\nhost: x\r\n\r\n",
  "nonsense\r\n\r\n",
  `GET /v1/things HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(40_000)}\r\n\r\n`,
  "GET /v1/things/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
  "GET /v1/things HTTP/1.1\r\nhost: [\r\nconnection: close\r\n\r\n",
])("a malformed request harms nobody: %#", async (text) => {
  expect(await raw(text)).toMatch(/^HTTP\/1.1 (200|400|404|431) /);
  expect((await call("/v1/things")).status).toBe(200);
});
test("requests under way are finished by a stop", async () => {
  const own = await startFixture();
  const slow = fetch(`${own.url}/v1/slow`, { method: "POST" });
  await own.requested();
  await own.stop();
  expect((await slow).status).toBe(503);
});

function chunked(url: string, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: "POST" }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    for (let from = 0; from < body.length; from += 65_536) request.write(body.subarray(from, from + 65_536));
    request.end();
  });
}

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(fixture.url).port), "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (data) => {
      answer += String(data);
      socket.end();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}
