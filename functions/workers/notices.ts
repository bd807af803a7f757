import { rebindComponent } from "../../shared/control/rebind-component.ts";
import { sendPasswordReset } from "../../shared/control/identity/password-reset.ts";
import { cancelBuild } from "../../shared/control/start-build.ts";
import { publishChange } from "../../shared/control/realtime/publish.ts";
import { wakeDataCenter, watchDataCenter } from "../../shared/control/realtime/agent-connection.ts";
import { worker } from "../_runtime/worker.ts";

export const handler = worker({
  cancelBuild: (command, { deps }) => cancelBuild(deps, command),
  wakeDataCenter: (command, { deps }) => wakeDataCenter(deps, command),
  watchDataCenter: (command, { deps }) => watchDataCenter(deps, command),
  rebindComponent: (command, { deps }) => rebindComponent(deps, command),
  sendPasswordReset: (command, { deps }) => sendPasswordReset(deps, command),
  publish: (command, { deps }) => publishChange(deps, command),
});
