import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Input } from "antd";
import { useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { Plan } from "../../../shared/contract/component.ts";
import type { OperationId } from "../../../shared/contract/id.ts";
import { client } from "../api/client.ts";
import { adoptOperation } from "../api/live.ts";
import { signedOut } from "../api/signed-out.ts";
import { useNameOf } from "./lookup.ts";
import { PlanView } from "../ui/plan-view.tsx";
import { useStepBack } from "../ui/step-back.ts";
import { ErrorPanel, Skeleton } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import type { Apply, Change } from "./change-plan.ts";
import { OperationStory } from "./operation-story.tsx";
import { useTeam } from "./team.ts";

function usePlan(change: Change) {
  const { id, generation } = "component" in change ? change.component : change.dataCenter;
  return useQuery({
    queryKey: ["plan", id, generation, change.plan],
    queryFn: ({ signal }) => planOf(change, signal),
    gcTime: 0,
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
}

function planOf(change: Change, signal: AbortSignal): Promise<Plan> | null {
  if (change.plan === null) return null;
  return "component" in change
    ? client.componentPlan({ params: { component: change.component.id }, body: change.plan, signal })
    : client.dataCenterPlan({ params: { dataCenter: change.dataCenter.id }, body: change.plan, signal });
}

function Before({ change }: { readonly change: Change }) {
  const plan = usePlan(change);
  const nameOf = useNameOf();
  if (plan.isError) return <ErrorPanel error={plan.error} retry={() => void plan.refetch()} compact />;
  if (plan.isPending) return <Skeleton rows={3} height={48} />;
  return (
    <div className="stack">
      {change.about && <p>{change.about}</p>}
      {plan.data && <PlanView plan={plan.data} nameOf={nameOf} />}
    </div>
  );
}

function Confirm({
  name,
  typed,
  type,
  enter,
}: {
  readonly name: string;
  readonly typed: string;
  readonly type: (text: string) => void;
  readonly enter: () => void;
}) {
  const { t } = useTranslation();
  return (
    <label className="confirm-name" htmlFor="confirm-name">
      <span>{t("plan.typeName", { name })}</span>
      <Input
        id="confirm-name"
        value={typed}
        autoComplete="off"
        spellCheck={false}
        className="mono"
        onChange={(event) => type(event.target.value)}
        onPressEnter={enter}
      />
    </label>
  );
}

/** False while the person is asked to sign in again: what opened now would lie over that. What is open stays so. */
function useUncovered(): boolean {
  const isAsked = useSyncExternalStore(signedOut.listen, signedOut.now) === "asked";
  const [isUncovered, setUncovered] = useState(!isAsked);
  if (!isAsked && !isUncovered) setUncovered(true);
  return isUncovered;
}

/** Plan, then buttons; once applied, the operation. */
export function ChangeDrawer({ change, close }: { readonly change: Change; readonly close: () => void }) {
  const { t } = useTranslation();
  const team = useTeam();
  const [open, setOpen] = useState(true);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [operation, setOperation] = useState<OperationId | null>(null);
  const isUncovered = useUncovered();
  useStepBack(open, () => setOpen(false));
  const locked = change.confirmName !== undefined && typed !== change.confirmName;
  const apply = async ({ label, run }: Apply) => {
    if (locked || busy) return;
    setBusy(label);
    setError(null);
    try {
      const started = await run();
      change.applied?.();
      if (started) {
        adoptOperation(team.id, started);
        setOperation(started.id);
      } else {
        toast(t("plan.saved"));
        setOpen(false);
      }
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(null);
  };
  const [primary, ...others] = change.applies;
  const footer = operation ? (
    <Button onClick={() => setOpen(false)}>{t("action.close")}</Button>
  ) : (
    <>
      <Button onClick={() => setOpen(false)}>{t("action.cancel")}</Button>
      {others.map((other) => (
        <Button key={other.label} loading={busy === other.label} onClick={() => void apply(other)}>
          {other.label}
        </Button>
      ))}
      <Button
        type="primary"
        danger={change.danger ?? false}
        disabled={locked}
        loading={busy === primary.label}
        onClick={() => void apply(primary)}
      >
        {primary.label}
      </Button>
    </>
  );
  return (
    <Drawer
      title={change.title}
      open={open && isUncovered}
      onClose={() => setOpen(false)}
      afterOpenChange={(now) => (now ? document.getElementById("confirm-name")?.focus() : close())}
      size={560}
      classNames={{ footer: "drawer-foot" }}
      footer={footer}
      className="change-drawer"
    >
      {error !== null && <ErrorPanel error={error} compact />}
      {operation ? (
        <OperationStory id={operation} />
      ) : (
        <div className="stack">
          <Before change={change} />
          {change.confirmName !== undefined && (
            <Confirm name={change.confirmName} typed={typed} type={setTyped} enter={() => void apply(primary)} />
          )}
        </div>
      )}
    </Drawer>
  );
}
