import { rebindComponent, rebindDependents } from "../../shared/control/rebind-component.ts";
import { sendPasswordReset } from "../../shared/control/identity/password-reset.ts";
import { cancelBuild } from "../../shared/control/start-build.ts";
import { publishChange } from "../../shared/control/realtime/publish.ts";
import { wakeDataCenter, watchDataCenter } from "../../shared/control/realtime/agent-connection.ts";
import { forTeam } from "../../shared/control/tenant-scope.ts";
import { worker } from "../_runtime/worker.ts";

export const handler = worker({
  cancelBuild: (command, { deps }) => cancelBuild(forTeam(deps, command.tenant), command),
  wakeDataCenter: (command, { deps }) => wakeDataCenter(forTeam(deps, command.tenant), command),
  watchDataCenter: (command, { deps }) => watchDataCenter(forTeam(deps, command.tenant), command),
  rebindComponent: (command, { deps }) => rebindComponent(forTeam(deps, command.tenant), command),
  rebindDependents: (command, { deps }) => rebindDependents(forTeam(deps, command.tenant), command),
  sendPasswordReset: (command, { deps }) => sendPasswordReset(deps, command),
  publish: (command, { deps }) => publishChange(deps, command),
});
