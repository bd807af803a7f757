import { expireOperation } from "../../shared/control/expire-operation.ts";
import { purgeComponent } from "../../shared/control/purge-component.ts";
import { worker } from "../_runtime/worker.ts";

export const handler = worker({
  expireOperation: (command, { deps }) => expireOperation(deps, command),
  purgeComponent: (command, { deps }) => purgeComponent(deps, command),
});
