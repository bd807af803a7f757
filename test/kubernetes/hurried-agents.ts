/** The agents of a cluster, as edge-agents/main.ts starts them, by a clock whose pace they are told in messages. */
import { kubernetesAgents } from "../../edge-agents/kubernetes.ts";
import { settingsOf } from "../../edge-agents/settings.ts";
import { hurriedClock, type Pace } from "./hurried.ts";

const clock = hurriedClock(JSON.parse(String(process.env.PLUVIA_TEST_PACE)) as Pace);
process.on("message", (pace: Pace) => clock.set(pace));
await kubernetesAgents(settingsOf(process.env), clock);
