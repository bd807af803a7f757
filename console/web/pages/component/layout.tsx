import { ArrowUpRight, CirclePause, EllipsisVertical, Play, RotateCw, Square, Trash2 } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useNavigate, useParams, useSearchParams } from "react-router";
import type { Application, Component } from "../../../../shared/contract/component.ts";
import { adoptComponent } from "../../api/queries.ts";
import { useChannel } from "../../api/live.ts";
import { type ActionName, useActions } from "../../components/actions.ts";
import { useCannot } from "../../components/can.ts";
import { componentPath, componentsOf, named } from "../../components/lookup.ts";
import { StatusWhy } from "../../components/status-why.tsx";
import { TabBar } from "../../components/tab-bar.tsx";
import { useTeam } from "../../components/team.ts";
import { useCurrentPath, useLedTo } from "../../components/use-renamed.ts";
import { WithParts } from "../../components/with-parts.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Menu } from "../../ui/menu.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { Note } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import { NotFound } from "../not-found.tsx";
import type { ComponentContext } from "../../components/component-context.ts";
import "./component.css";

const tabs = [
  "overview",
  "logs",
  "terminal",
  "variables",
  "ports",
  "storage",
  "containers",
  "scaling",
  "dependencies",
  "releases",
  "operations",
  "settings",
] as const;

function Tabs({ base, title, children }: { readonly base: string; readonly title: string; readonly children: ReactNode }) {
  const { t } = useTranslation();
  const tabOf = (tab: (typeof tabs)[number]) => ({ to: `${base}/${tab}`, label: t(`tab.${tab}`), isFirst: false });
  return (
    <TabBar
      label={t("component.tabs")}
      title={title}
      tabs={tabs.map((tab) => (tab === "overview" ? { to: base, label: t("tab.overview"), isFirst: true } : tabOf(tab)))}
    >
      {children}
    </TabBar>
  );
}

const asks = ["deploy", "configure", "start", "stop", "restart", "remove"] as const satisfies readonly ActionName[];
const isAction = (word: string | null): word is ActionName => (asks as readonly (string | null)[]).includes(word);

/** `?do=deploy`, as the command palette links to it. */
function useAskedAction(actions: Readonly<Record<ActionName, () => void>>, cannot: (name: ActionName) => string | null): void {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const asked = params.get("do");
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the link is followed
  useEffect(() => {
    if (!isAction(asked)) return;
    const reason = cannot(asked);
    const act = () => (reason ? toast(reason, { level: "error" }) : actions[asked]());
    // First the address, so that going back from the plan does not ask again.
    void Promise.resolve(navigate({ search: "" }, { replace: true })).then(act);
  }, [asked]);
}

function Head({ application, component }: ComponentContext) {
  const { t } = useTranslation();
  const actions = useActions(component, application);
  const cannot = useCannot(component);
  useAskedAction(actions, cannot);
  const running = component.wanted === "running";
  return (
    <header className="component-head">
      <div className="component-name">
        <h1>{component.name}</h1>
        <StatusWhy component={component} />
        {component.url && (
          <span className="component-url">
            <a href={component.url} target="_blank" rel="noreferrer" className="mono" data-testid="component-url">
              <span className="clip">{component.url.replace(/^https?:\/\//, "")}</span>
              <ArrowUpRight size={14} aria-hidden />
            </a>
            <CopyButton text={component.url} />
          </span>
        )}
      </div>
      <div className="page-head-actions">
        <ReasonButton icon={<RotateCw size={14} aria-hidden />} reason={cannot("restart")} onClick={actions.restart}>
          {t("action.restart")}
        </ReasonButton>
        <ReasonButton type="primary" icon={<Play size={14} aria-hidden />} reason={cannot("deploy")} onClick={actions.deploy}>
          {t("action.deploy")}
        </ReasonButton>
        <Menu
          label={t("action.more")}
          iconOnly
          className="icon-button bordered"
          placement="below-end"
          items={[
            running
              ? {
                  key: "stop",
                  label: t("action.stop"),
                  icon: <Square size={14} aria-hidden />,
                  reason: cannot("stop"),
                  run: actions.stop,
                }
              : {
                  key: "start",
                  label: t("action.start"),
                  icon: <CirclePause size={14} aria-hidden />,
                  reason: cannot("start"),
                  run: actions.start,
                },
            {
              key: "remove",
              apart: true,
              danger: true,
              label: t("action.remove"),
              icon: <Trash2 size={14} aria-hidden />,
              reason: cannot("remove"),
              run: actions.remove,
            },
          ]}
        >
          <EllipsisVertical size={16} aria-hidden />
        </Menu>
      </div>
    </header>
  );
}

/** Saved edits that nothing runs with yet. */
function Undeployed({ application, component }: ComponentContext) {
  const { t } = useTranslation();
  const actions = useActions(component, application);
  const cannot = useCannot(component);
  if (!component.undeployed || component.removing || !component.release) return null;
  return (
    <Note
      level="info"
      title={t("component.undeployed")}
      action={
        <ReasonButton size="small" type="primary" reason={cannot("configure")} onClick={actions.configure}>
          {t("change.deployChanges")}
        </ReasonButton>
      }
    />
  );
}

function Loaded({ application, component }: ComponentContext) {
  const team = useTeam();
  useCurrentPath(componentPath(team.id, application, component));
  useChannel(
    `component/${component.id}`,
    {},
    { onData: (data) => data.kind === "component" && adoptComponent(team.id, data.component) },
  );
  return (
    <div className="page component-page">
      <Head application={application} component={component} />
      <Tabs base={componentPath(team.id, application, component)} title={`${component.name} · ${application.name}`}>
        <Undeployed application={application} component={component} />
        <Outlet context={{ application, component } satisfies ComponentContext} />
      </Tabs>
    </div>
  );
}

const find = (
  applications: readonly Application[],
  components: readonly Component[],
  app: string | undefined,
  word: string | undefined,
): Component | null => {
  const application = named(applications, app);
  return application && named(componentsOf(components, application), word);
};

function Found({
  applications,
  components,
}: {
  readonly applications: readonly Application[];
  readonly components: readonly Component[];
}) {
  const { app, component: word } = useParams();
  const id = useLedTo(`${app}/${word}`, find(applications, components, app, word)?.id ?? null);
  const component = components.find((c) => c.id === id);
  const application = applications.find((a) => a.id === component?.application);
  return component && application ? <Loaded application={application} component={component} key={component.id} /> : <NotFound />;
}

export function ComponentLayout() {
  return <WithParts>{(applications, components) => <Found applications={applications} components={components} />}</WithParts>;
}
