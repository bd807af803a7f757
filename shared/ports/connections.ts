/** Live WebSocket connections of the cloud plane, addressed by id (API Gateway's @connections). */
export interface Connections {
  /** A text frame of at most 32 KB. Answers false when the connection is gone, so that the caller forgets it. */
  send(connection: string, frame: string): Promise<boolean>;
  close(connection: string): Promise<void>;
}
