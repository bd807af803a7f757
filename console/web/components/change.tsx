import { createContext, lazy, type ReactNode, Suspense, useContext, useMemo, useState } from "react";
import type { Change } from "./change-plan.ts";

export const loadChangeDrawer = () => import("./change-drawer.tsx");
const ChangeDrawer = lazy(async () => ({ default: (await loadChangeDrawer()).ChangeDrawer }));

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
