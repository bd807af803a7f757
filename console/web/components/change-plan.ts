import type { CallInput } from "../../../shared/client/client.ts";
import type { Component } from "../../../shared/contract/component.ts";
import type { DataCenter } from "../../../shared/contract/data-center.ts";
import type { Operation } from "../../../shared/contract/operation.ts";

export type PlanOf = CallInput<"componentPlan">["body"];
type DataCenterPlanOf = CallInput<"dataCenterPlan">["body"];
export interface Apply {
  readonly label: string;
  /** The operation to watch; null: it is done at once. */
  readonly run: () => Promise<Operation | null>;
}
/** What is saved and then deployed is not saved again where its deployment failed and is asked for again: it was an edit of what is no more. */
export function savedOnce(save: () => Promise<void>): () => Promise<void> {
  let isSaved = false;
  return async () => {
    if (!isSaved) await save();
    isSaved = true;
  };
}
interface Wanted {
  readonly title: string;
  readonly about?: string;
  readonly applies: readonly [Apply, ...Apply[]];
  readonly danger?: boolean;
  /** The name to type before data goes. */
  readonly confirmName?: string;
  /** After it was applied, before its operation ends. */
  readonly applied?: () => void;
}
/** `plan`: null: there is nothing to compare, `about` says what happens. */
export interface ComponentChange extends Wanted {
  readonly component: Component;
  readonly plan: PlanOf | null;
}
export interface DataCenterChange extends Wanted {
  readonly dataCenter: DataCenter;
  readonly plan: DataCenterPlanOf | null;
}
/** A change a person wants: shown as a plan first, watched as an operation after. */
export type Change = ComponentChange | DataCenterChange;
