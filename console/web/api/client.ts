import { createClient } from "../../../shared/client/client.ts";

/** What every call carries; set when the session is known and when the team changes. */
export const identity: { csrf: string | undefined; team: string | undefined } = { csrf: undefined, team: undefined };

/** Every public operation, as the signed-in person, for the current team. */
export const client = createClient({ baseUrl: "", csrf: () => identity.csrf, team: () => identity.team });
