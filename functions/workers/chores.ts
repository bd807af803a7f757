import { goOnRemoving } from "../../shared/control/applications.ts";
import { advanceOperation } from "../../shared/control/data-centers/advance.ts";
import { leaveOldPlace } from "../../shared/control/move-component.ts";
import { auditRefusedSignIn } from "../../shared/control/identity/refused-sign-in.ts";
import { purgeComponent } from "../../shared/control/purge-component.ts";
import { forTeam } from "../../shared/control/tenant-scope.ts";
import { worker } from "../_runtime/worker.ts";

export const handler = worker({
  leaveOldPlace: (command, { deps }) => leaveOldPlace(forTeam(deps, command.tenant), command),
  advanceOperation: (command, { deps }) => advanceOperation(forTeam(deps, command.tenant), command),
  noteRefusedSignIn: (command, { deps }) => auditRefusedSignIn(deps, command),
  removeApplication: (command, { deps }) => goOnRemoving(forTeam(deps, command.tenant), command),
  purgeComponent: (command, { deps }) => purgeComponent(forTeam(deps, command.tenant), command),
});
