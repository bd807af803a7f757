import { createContext, lazy, type ReactNode, Suspense, useContext, useMemo, useState } from "react";
import type { Component } from "../../../shared/contract/component.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import type { CallInput } from "../../../shared/client/client.ts";

const ChangeDrawer = lazy(async () => ({ default: (await import("./change-drawer.tsx")).ChangeDrawer }));

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

const Context = createContext<(change: Change) => void>(() => {});
export const useChange = () => useContext(Context);

export function ChangeProvider({ children }: { readonly children: ReactNode }) {
  const [change, setChange] = useState<{ readonly change: Change; readonly key: number } | null>(null);
  const ask = useMemo(() => (next: Change) => setChange((last) => ({ change: next, key: (last?.key ?? 0) + 1 })), []);
  return (
    <Context value={ask}>
      {children}
      {change && (
        <Suspense>
          <ChangeDrawer key={change.key} change={change.change} close={() => setChange(null)} />
        </Suspense>
      )}
    </Context>
  );
}
