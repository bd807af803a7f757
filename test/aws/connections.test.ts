import { randomUUID } from "node:crypto";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { awsConnections } from "../../shared/adapters/aws/connections.ts";
import { zipOf } from "../builder/archive-maker.ts";
import { connectionsSuite, connectTo } from "../contract/connections.suite.ts";
import { describeEmulators, type Emulator } from "./emulator.ts";

/** Tells whoever sends a frame the name of its connection. */
const code = "export const handler = async (event) => ({ statusCode: 200, body: event.requestContext.connectionId });";

/** A WebSocket API whose connections can be asked for their names. Answers its id. */
async function createApi(aws: Emulator["aws"]): Promise<string> {
  const gateway = new ApiGatewayV2Client(aws);
  const made = await new LambdaClient(aws).send(
    new CreateFunctionCommand({
      FunctionName: `name-${randomUUID()}`,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/name",
      Code: { ZipFile: zipOf({ name: "index.mjs", content: code }) },
    }),
  );
  const { ApiId } = await gateway.send(
    new CreateApiCommand({ Name: "realtime", ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.action" }),
  );
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({ ApiId, IntegrationType: "AWS_PROXY", IntegrationUri: made.FunctionArn }),
  );
  await gateway.send(new CreateRouteCommand({ ApiId, RouteKey: "$default", Target: `integrations/${IntegrationId}` }));
  await gateway.send(new CreateStageCommand({ ApiId, StageName: "live", AutoDeploy: true }));
  return String(ApiId);
}

/** moto takes any frame for any connection and has no sockets: only ministack has them. */
describeEmulators(
  (name, aws) => {
    let place = "";
    beforeAll(async () => {
      place = `${aws().endpoint}/_aws/execute-api/${await createApi(aws())}/live`;
    });
    connectionsSuite(`API Gateway of ${name}`, async () => {
      const clients: { close(): void }[] = [];
      return {
        connections: awsConnections({ aws: aws(), endpoint: place }),
        open: async () => {
          const client = await connectTo(place.replace("http", "ws"));
          clients.push(client);
          client.send("{}");
          return { ...client, id: await client.first(), received: client.received };
        },
        close: async () => {
          for (const client of clients) client.close();
        },
      };
    });
  },
  ["ministack"],
);
