import type { Configuration } from "../contract/component.ts";
import { mainPort } from "./main-port.ts";

type Checked = Pick<Configuration, "health" | "ports">;

/** The port that the health check asks; 0: there is none to ask, and being alive is healthy. */
export const checkedPort = ({ health, ports }: Checked): number =>
  health.kind === "none" ? 0 : (health.port ?? mainPort(ports));
export const isChecked = (configuration: Checked): boolean => checkedPort(configuration) !== 0;

/** Where being alive is healthy, an instance of a new release has to live this long before it takes the place of the one before. */
export const steadySeconds = 5;
