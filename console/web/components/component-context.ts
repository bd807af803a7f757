import { useOutletContext } from "react-router";
import type { Application, Component } from "../../../shared/contract/component.ts";

export interface ComponentContext {
  readonly application: Application;
  readonly component: Component;
}
export const useComponentContext = (): ComponentContext => useOutletContext<ComponentContext>();
