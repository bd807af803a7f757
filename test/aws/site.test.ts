import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describeEmulators, type Emulator } from "./emulator.ts";
import { createStackOf } from "./stack.ts";

/** What the packager makes of the functions' events; the site refers to them. */
const api = (ProtocolType: string, more: object = {}) => ({
  Type: "AWS::ApiGatewayV2::Api",
  Properties: { Name: ProtocolType, ProtocolType, ...more },
});
const apis = { HttpApi: api("HTTP"), WebsocketsApi: api("WEBSOCKET", { RouteSelectionExpression: "$request.body.action" }) };

/** As a browser asks a distribution: its name decides, wherever it is answered. */
async function ask({ endpoint }: Emulator["aws"], host: string, path: string) {
  const { port } = new URL(endpoint);
  const asked = request({ host: "127.0.0.1", port, path, headers: { host, "x-forwarded-proto": "https" } }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}

/** moto's CloudFormation makes no distributions. */
describeEmulators(
  (_name, aws) => {
    test("the console's pages come from the site's address, each path of a page from index.html, with the headers that keep them safe", async () => {
      const { Site = "", Console = "" } = await createStackOf(aws(), {
        fragments: ["buckets", "site"],
        resources: apis,
        outputs: { Site: { "Fn::GetAtt": ["Site", "DomainName"] }, Console: { Ref: "Console" } },
      });
      const bucket = new S3Client({ ...aws(), forcePathStyle: true });
      const files = {
        "index.html": ["text/html", "<html>Pluvia</html>"],
        "assets/app.js": ["text/javascript", "start()"],
      } as const;
      for (const [Key, [ContentType, Body]] of Object.entries(files))
        await bucket.send(new PutObjectCommand({ Bucket: Console, Key, Body, ContentType }));
      for (const path of ["/", "/teams/tnt_1/components", "/index.html"])
        expect(await ask(aws(), Site, path)).toMatchObject({ status: 200, text: "<html>Pluvia</html>" });
      const script = await ask(aws(), Site, "/assets/app.js");
      expect(script).toMatchObject({ status: 200, text: "start()" });
      expect(script.headers).toMatchObject({
        "content-security-policy": expect.stringMatching(/default-src 'self'.*frame-ancestors 'none'/),
        "strict-transport-security": expect.stringContaining("max-age=31536000"),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
      });
      expect((await ask(aws(), Site, "/assets/missing.js")).status).toBeGreaterThanOrEqual(403);
    });
  },
  ["ministack"],
);
