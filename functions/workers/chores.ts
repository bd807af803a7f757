import { purgeComponent } from "../../shared/control/purge-component.ts";
import { worker } from "../_runtime/worker.ts";

export const handler = worker({
  purgeComponent: (command, { deps }) => purgeComponent(deps, command),
});
