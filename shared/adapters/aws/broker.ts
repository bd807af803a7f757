import {
  DeleteConnectionCommand,
  GatewayTimeoutException,
  IoTDataPlaneClient,
  ResourceNotFoundException,
  SendDirectMessageCommand,
} from "@aws-sdk/client-iot-data-plane";
import { presenceOf } from "../../domain/agent-place.ts";
import type { Connections } from "../../ports/connections.ts";
import { checkFrame } from "../frame-rules.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

/** Whoever sends is a queue's worker, which has 10 s and tries again by itself. */
const acknowledgedSeconds = 3;

/** A client may receive from this topic alone, and subscribes to none: what is sent to it is sent to it directly. */
const topicOf = (client: string): string => client;

/**
 * Sessions at AWS IoT Core's broker beside those of the WebSocket API. A client that is there and does not acknowledge in time is about to
 * be found gone, and asks for everything when it is back: that counts as sent.
 */
export function withBroker({ aws, sockets }: { readonly aws: AwsSettings; readonly sockets: Connections }): Connections {
  const client = new IoTDataPlaneClient({ ...clientConfig(aws), maxAttempts: 1 });
  return {
    send: async (connection, frame) => {
      const presence = presenceOf(connection);
      if (!presence) return sockets.send(connection, frame);
      checkFrame(frame);
      const { client: clientId } = presence;
      const how = { confirmation: true, timeout: acknowledgedSeconds };
      const message = { clientId, topic: topicOf(clientId), payload: Buffer.from(frame), ...how };
      try {
        await client.send(new SendDirectMessageCommand(message));
        return true;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return false;
        if (error instanceof GatewayTimeoutException) return true;
        throw error;
      }
    },
    close: async (connection) => {
      const presence = presenceOf(connection);
      if (!presence) return sockets.close(connection);
      try {
        await client.send(new DeleteConnectionCommand({ clientId: presence.client }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}
