import type { CallInput } from "../../../shared/client/client.ts";
import type { Component } from "../../../shared/contract/component.ts";
import type { Operation } from "../../../shared/contract/operation.ts";

export type PlanOf = CallInput<"componentPlan">["body"];
export interface Apply {
  readonly label: string;
  /** The operation to watch; null: it is done at once. */
  readonly run: () => Promise<Operation | null>;
}
/** A change a person wants: shown as a plan first, watched as an operation after. */
export interface Change {
  readonly title: string;
  readonly component: Component;
  /** null: there is nothing to compare, `about` says what happens. */
  readonly plan: PlanOf | null;
  readonly about?: string;
  readonly applies: readonly [Apply, ...Apply[]];
  readonly danger?: boolean;
  /** The name to type before data goes. */
  readonly confirmName?: string;
  /** After it was applied, before its operation ends. */
  readonly applied?: () => void;
}
