import { connect } from "node:net";

/** Nobody who is there takes longer: a first packet that was lost is sent again after a second (RFC 6298, 2.1). */
export const connectMs = 2_500;

export interface Endpoint {
  readonly host: string;
  readonly hostPort: number;
}

/** Whether anything is there at all: a refusal, too, comes from there. */
export const reaches = ({ host, hostPort }: Endpoint): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: hostPort, timeout: connectMs });
    const over = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket
      .once("connect", () => over(true))
      .once("timeout", () => over(false))
      .once("error", ({ code }: NodeJS.ErrnoException) => over(code === "ECONNREFUSED" || code === "ECONNRESET"));
  });
