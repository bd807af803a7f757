import type { Faas } from "./faas/faas.ts";
import { urlOf } from "./faas/http.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import type { HttpPart } from "./server.ts";

/** Where the WebSocket API answers; hosted it has an address of its own. */
const realtimePath = "/v1/realtime";

/** As infra/aws/site.yml: what can only be meant for the API, well written or not, is not taken for a page. */
const apiPath = /^\/{1,2}v1(?:[/?]|$)/i;

/** The functions, below /v1/. */
export const apiPart = ({ http, sockets }: Faas): HttpPart => ({
  serves: (request) => apiPath.test(request.url ?? ""),
  handle: (request, response) => http.handle(request, response),
  upgrade: (request, socket, head) => {
    if (urlOf(request).pathname === realtimePath) sockets.upgrade(request, socket, head);
    else refuseUpgrade(socket, "404 Not Found");
  },
});
