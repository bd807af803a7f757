import {
  CalendarClock,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CircleX,
  Hammer,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ComponentStatus, Instance, InstanceState } from "../../../shared/contract/component.ts";
import type { DataCenter } from "../../../shared/contract/data-center.ts";
import type { OperationState } from "../../../shared/contract/operation.ts";
import type { Build, Release, Step } from "../../../shared/contract/release.ts";

export type Tone = "green" | "amber" | "red" | "blue" | "grey";
type Look = readonly [tone: Tone, icon: LucideIcon];

const componentLook: Readonly<Record<ComponentStatus, Look>> = {
  empty: ["grey", CircleDashed],
  building: ["blue", Hammer],
  starting: ["blue", LoaderCircle],
  running: ["green", CircleCheck],
  scheduled: ["green", CalendarClock],
  succeeded: ["green", CircleCheck],
  updating: ["blue", LoaderCircle],
  degraded: ["amber", TriangleAlert],
  failed: ["red", CircleX],
  stopping: ["grey", LoaderCircle],
  stopped: ["grey", CirclePause],
  unknown: ["amber", CircleHelp],
};
const instanceLook: Readonly<Record<InstanceState | "finished", Look>> = {
  starting: ["blue", LoaderCircle],
  ready: ["green", CircleCheck],
  unhealthy: ["amber", TriangleAlert],
  draining: ["grey", LoaderCircle],
  stopping: ["grey", LoaderCircle],
  exited: ["red", CircleX],
  finished: ["green", CircleCheck],
  waiting: ["amber", CirclePause],
};
type Progress = OperationState | Build["state"] | Step["state"];
const progressLook: Readonly<Record<Progress, Look>> = {
  pending: ["grey", CircleDashed],
  queued: ["grey", CircleDashed],
  waiting: ["grey", CircleDashed],
  running: ["blue", LoaderCircle],
  succeeded: ["green", CircleCheck],
  failed: ["red", CircleX],
  superseded: ["grey", CircleDashed],
  cancelled: ["grey", CircleX],
  skipped: ["grey", CircleDashed],
};
const releaseLook: Readonly<Record<Release["outcome"], Look>> = {
  pending: ["blue", LoaderCircle],
  deployed: ["green", CircleCheck],
  failed: ["red", CircleX],
};
const dataCenterLook: Readonly<Record<DataCenter["state"], Look>> = {
  joining: ["blue", LoaderCircle],
  connected: ["green", CircleCheck],
  disconnected: ["red", CircleX],
  revoked: ["amber", CircleX],
  leaving: ["grey", LoaderCircle],
};

export type NodeState = "ready" | "ailing" | "cordoned" | "notReady";
const nodeLook: Readonly<Record<NodeState, Look>> = {
  ready: ["green", CircleCheck],
  ailing: ["amber", TriangleAlert],
  cordoned: ["grey", CirclePause],
  notReady: ["red", CircleX],
};

export const toneOf = (status: ComponentStatus): Tone => componentLook[status][0];
const moving = new Set<LucideIcon>([LoaderCircle]);

/** Colour, icon and word: never colour alone. */
export function Chip({
  look: [tone, Icon],
  children,
  quiet = false,
}: {
  readonly look: Look;
  readonly children: ReactNode;
  readonly quiet?: boolean;
}) {
  return (
    <span className={`chip chip-${tone}${quiet ? " chip-quiet" : ""}`}>
      <Icon size={14} aria-hidden className={moving.has(Icon) ? "spin" : undefined} />
      {children}
    </span>
  );
}

export function StatusChip({ status, quiet = false }: { readonly status: ComponentStatus; readonly quiet?: boolean }) {
  const { t } = useTranslation();
  return (
    <Chip look={componentLook[status]} quiet={quiet}>
      {t(`status.${status}.word`)}
    </Chip>
  );
}

export function InstanceChip({ state, lastExit }: Pick<Instance, "state" | "lastExit">) {
  const { t } = useTranslation();
  const shown = state === "exited" && lastExit?.code === 0 ? "finished" : state;
  return (
    <Chip look={instanceLook[shown]} quiet>
      {t(`instance.state.${shown}`)}
    </Chip>
  );
}

export function ProgressChip({ state, quiet = true }: { readonly state: Progress; readonly quiet?: boolean }) {
  const { t } = useTranslation();
  return (
    <Chip look={progressLook[state]} quiet={quiet}>
      {t(`progress.${state}`)}
    </Chip>
  );
}

export function ReleaseChip({ outcome }: { readonly outcome: Release["outcome"] }) {
  const { t } = useTranslation();
  return (
    <Chip look={releaseLook[outcome]} quiet>
      {t(`release.outcome.${outcome}`)}
    </Chip>
  );
}

export function DataCenterChip({ state }: { readonly state: DataCenter["state"] }) {
  const { t } = useTranslation();
  return <Chip look={dataCenterLook[state]}>{t(`dataCenter.state.${state}`)}</Chip>;
}

export function NodeChip({ state }: { readonly state: NodeState }) {
  const { t } = useTranslation();
  return (
    <Chip look={nodeLook[state]} quiet>
      {t(`node.state.${state}`)}
    </Chip>
  );
}

export function ProgressIcon({ state }: { readonly state: Progress }) {
  const [tone, Icon] = progressLook[state];
  return <Icon size={16} aria-hidden className={`ink-${tone}${moving.has(Icon) ? " spin" : ""}`} />;
}
