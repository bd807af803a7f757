import type { Cloud } from "../cloud.ts";
import type { Credential } from "../credential.ts";
import { brokerSession } from "./broker-session.ts";
import { type Dial, preferred, type Ways } from "./session.ts";
import { socketSession } from "./socket-session.ts";

export interface Platform {
  readonly cloudUrl: string;
  readonly api: Pick<Cloud, "place">;
  readonly log: Ways["log"];
}

/** Sessions with the platform, by whichever way it likes and the network lets pass. */
export const dialing =
  ({ cloudUrl, api, log }: Platform) =>
  (bearer: Credential["bearer"]): Dial =>
    preferred({
      place: () => api.place(),
      socket: socketSession({ cloudUrl, bearer }),
      broker: (place) => brokerSession({ place, bearer }),
      log,
    });
