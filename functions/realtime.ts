import { forgetConnection, openConnection } from "../shared/control/realtime/connect.ts";
import { receiveFrame } from "../shared/control/realtime/receive-frame.ts";
import { type Opener, socket } from "./_runtime/socket.ts";

export const handler = socket({
  connect: ({ connection, at, opener, deps }) => openConnection(deps, connection, openedBy(opener), at),
  message: ({ connection, frame, deps }) => receiveFrame(deps, connection, frame),
  disconnect: ({ connection, deps }) => forgetConnection(deps, connection),
});

const openedBy = (opener: Opener) =>
  opener.kind === "agent"
    ? { kind: "agent" as const, agent: opener.agent.id, dataCenter: opener.agent.dataCenter }
    : {
        kind: "member" as const,
        ...opener.membership,
        applications: opener.membership.applications && [...opener.membership.applications],
      };
