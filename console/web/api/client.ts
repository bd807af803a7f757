import { createClient } from "../../../shared/client/client.ts";
import { routes } from "../../../shared/client/routes.ts";
import { signedOut } from "./signed-out.ts";

/** What every call carries; set when the session is known and when the team changes. */
export const identity: { csrf: string | undefined; team: string | undefined } = { csrf: undefined, team: undefined };

/** Every public operation, as the signed-in person, for the current team. */
export const client = createClient({
  baseUrl: "",
  csrf: () => identity.csrf,
  team: () => identity.team,
  onAnswer: ({ operation, status, sentAt }) => {
    // A wrong password is refused with 401 too, by an operation that wants no session.
    if (status === 401 && routes[operation][2] !== "public") signedOut.noticed(sentAt);
  },
});
