import { useTranslation } from "react-i18next";
import type { Application, Component } from "../../../shared/contract/component.ts";
import { client } from "../api/client.ts";
import { adoptComponent } from "../api/queries.ts";
import type { DataCenter } from "../../../shared/contract/data-center.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import { useChange } from "./change.tsx";
import type { ComponentChange } from "./change-plan.ts";
import { useTeam } from "./team.ts";

export type ActionName = "deploy" | "configure" | "start" | "stop" | "restart" | "remove";

/** Every action on one component, each through its plan. */
export function useActions(
  component: Component,
  application: Application,
): Readonly<Record<ActionName, () => void>> & {
  readonly scale: (replicas: number) => void;
  /** `leaveData`: what its volumes hold stays behind, and goes. */
  readonly move: (to: DataCenter, leaveData: boolean) => void;
  readonly rollback: (release: { readonly id: NonNullable<Component["release"]>["id"]; readonly number: number }) => void;
} {
  const { t } = useTranslation();
  const ask = useChange();
  const team = useTeam();
  const params = { component: component.id };
  const taken = ({ operation, component: now }: { readonly operation: Operation; readonly component: Component }): Operation => {
    adoptComponent(team.id, now);
    return operation;
  };
  const show = (title: string, more: Omit<ComponentChange, "title" | "component">) =>
    ask({ title: `${title} · ${application.name} / ${component.name}`, component, ...more });
  return {
    deploy: () =>
      show(t("action.deploy"), {
        plan: { kind: "deploy" },
        applies: [{ label: t("action.deploy"), run: async () => taken(await client.componentDeploy({ params, body: {} })) }],
      }),
    configure: () =>
      show(t("change.configure"), {
        plan: { kind: "configure" },
        applies: [{ label: t("action.apply"), run: async () => taken(await client.componentConfigure({ params })) }],
      }),
    start: () =>
      show(t("action.start"), {
        plan: null,
        about: t("change.startAbout"),
        applies: [{ label: t("action.start"), run: async () => taken(await client.componentStart({ params })) }],
      }),
    stop: () =>
      show(t("action.stop"), {
        plan: { kind: "stop" },
        danger: true,
        applies: [{ label: t("action.stop"), run: async () => taken(await client.componentStop({ params })) }],
      }),
    restart: () =>
      show(t("action.restart"), {
        plan: null,
        about: t("change.restartAbout"),
        applies: [{ label: t("action.restart"), run: async () => taken(await client.componentRestart({ params })) }],
      }),
    remove: () =>
      show(t("action.remove"), {
        plan: { kind: "remove" },
        danger: true,
        confirmName: component.name,
        applies: [{ label: t("action.remove"), run: () => client.componentRemove({ params }) }],
      }),
    scale: (replicas) =>
      show(t("change.scale"), {
        plan: { kind: "scale", replicas },
        applies: [
          { label: t("action.apply"), run: async () => taken(await client.componentScale({ params, body: { replicas } })) },
        ],
      }),
    move: (to, leaveData) =>
      show(t("placement.moveTo", { name: to.name }), {
        plan: { kind: "move", dataCenter: to.id, leaveData },
        ...(leaveData && { danger: true, confirmName: component.name }),
        applies: [
          {
            label: t("placement.move"),
            run: async () => taken(await client.componentMove({ params, body: { dataCenter: to.id, leaveData } })),
          },
        ],
      }),
    rollback: (release) =>
      show(t("change.rollbackTo", { number: release.number }), {
        plan: { kind: "rollback", release: release.id },
        applies: [
          {
            label: t("action.rollback"),
            run: async () => taken(await client.componentRollback({ params, body: { release: release.id } })),
          },
        ],
      }),
  };
}
