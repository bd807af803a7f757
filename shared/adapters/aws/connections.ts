import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { Connections } from "../../ports/connections.ts";
import { checkFrame } from "../frame-rules.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface AwsConnectionsOptions {
  readonly aws: AwsSettings;
  /** Of the WebSocket API and its stage: `https://<api>.execute-api.<region>.amazonaws.com/<stage>`. */
  readonly endpoint: string;
}

/** Live connections of the WebSocket API. */
export function awsConnections({ aws, endpoint }: AwsConnectionsOptions): Connections {
  const client = new ApiGatewayManagementApiClient({ ...clientConfig(aws), endpoint });
  /** Answers false when the connection is gone. */
  const isThere = async (call: Promise<unknown>): Promise<boolean> => {
    try {
      await call;
      return true;
    } catch (error) {
      if (error instanceof GoneException) return false;
      throw error;
    }
  };
  return {
    send: async (ConnectionId, frame) => {
      checkFrame(frame);
      return isThere(client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(frame) })));
    },
    close: async (ConnectionId) => void (await isThere(client.send(new DeleteConnectionCommand({ ConnectionId })))),
  };
}
