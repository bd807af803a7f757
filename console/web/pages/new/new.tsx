import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { Application, Component } from "../../../../shared/contract/component.ts";
import type { DataCenter } from "../../../../shared/contract/data-center.ts";
import type { CheckId, OperationId } from "../../../../shared/contract/id.ts";
import type { Check, Source } from "../../../../shared/contract/source.ts";
import { client } from "../../api/client.ts";
import { adoptOperation, useChannel } from "../../api/live.ts";
import { adoptApplication, adoptComponent, queries } from "../../api/queries.ts";
import { componentsOf, named, useApplications, useComponents, useDataCenters } from "../../components/lookup.ts";
import { OperationStory } from "../../components/operation-story.tsx";
import { PushHelp } from "../../components/push-help.tsx";
import { useRoleReason } from "../../components/role-reason.ts";
import { SourceWords } from "../../components/source-words.tsx";
import { useTeam } from "../../components/team.ts";
import { draftOf, usualPlace } from "../../forms/new-component.ts";
import { PageHead } from "../../ui/page.tsx";
import { ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { CheckStep } from "./check-step.tsx";
import { type Confirmed, ConfirmStep } from "./confirm-step.tsx";
import { RunStep } from "./run-step.tsx";
import { type ChosenSource, SourceStep } from "./source-step.tsx";
import "./new.css";

function Part({
  number,
  title,
  children,
  summary,
  change,
}: {
  readonly number: number;
  readonly title: string;
  readonly children?: ReactNode;
  readonly summary?: ReactNode;
  readonly change?: () => void;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (number === 1) return;
    box.current?.scrollIntoView({ behavior: "smooth", block: "nearest" });
    // The part before has gone with whatever had the focus: the keyboard goes on here.
    if (document.activeElement?.matches("body, .part")) box.current?.focus({ preventScroll: true });
  }, [number]);
  return (
    <section className="part" ref={box} aria-label={title} tabIndex={-1}>
      <span className="part-number num" aria-hidden>
        {number}
      </span>
      <div className="part-body">
        <header>
          <h2>{title}</h2>
          {summary && <span className="muted clip grow">{summary}</span>}
          {change && (
            <button type="button" className="link-button" onClick={change}>
              {t("action.edit")}
            </button>
          )}
        </header>
        {children}
      </div>
    </section>
  );
}

/** Follows a check to its end. */
function useCheck(id: CheckId | null): Check | null {
  const team = useTeam();
  const cache = useQueryClient();
  const { data } = useQuery({
    ...queries.check(team.id, id ?? ("" as CheckId)),
    enabled: id !== null,
    refetchInterval: (query) => (query.state.data?.state === "running" ? 2_000 : false),
  });
  const running = data?.state === "running";
  useChannel(
    id && running ? `check/${id}` : null,
    {},
    {
      onData: (frame) =>
        frame.kind === "check" && cache.setQueryData(queries.check(team.id, frame.check.id).queryKey, frame.check),
    },
  );
  return id ? (data ?? null) : null;
}

const configurationOf = (confirmed: Confirmed) => ({
  ports: confirmed.ports.map((p) => ({ ...p, internal: true })),
  ...(confirmed.command.trim() ? { command: confirmed.command.trim() } : {}),
});

async function createIn(
  team: string,
  application: Application,
  confirmed: Confirmed,
  chosen: Omit<ChosenSource, "dataCenter">,
  proposed: string | undefined,
): Promise<Component> {
  const variables = confirmed.variables
    .filter((v) => v.name && (v.value !== "" || v.required))
    .map(({ name, kind, value }) => ({ name, kind, value: value ?? "" }));
  const component = await client.componentCreate({
    params: { application: application.id },
    body: {
      name: confirmed.name,
      source: chosen.source,
      ...(chosen.credential ? { credential: chosen.credential } : {}),
      ...(confirmed.language && confirmed.language !== proposed ? { language: confirmed.language } : {}),
      ...(confirmed.dataCenter ? { dataCenter: confirmed.dataCenter } : {}),
      configuration: configurationOf(confirmed),
      variables,
    },
  });
  adoptComponent(team, component);
  return component;
}

/** The places of one page, kept in the URL: `check`, then `component` and `op`. */
function usePlaces() {
  const [params, setParams] = useSearchParams();
  const put = (changes: Readonly<Record<string, string | null>>) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        for (const [name, value] of Object.entries(changes)) value === null ? next.delete(name) : next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return { get: (name: string) => params.get(name), put };
}

interface Loaded {
  readonly applications: readonly Application[];
  readonly components: readonly Component[];
  readonly dataCenters: readonly DataCenter[];
}

/** What was chosen, found and made so far; most of it is in the URL. */
function useFlow({ applications, components, dataCenters }: Loaded) {
  const team = useTeam();
  const { get, put } = usePlaces();
  const [chosen, setChosen] = useState<ChosenSource | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asked = get("check");
  const checkId = asked?.startsWith("chk_") ? (asked as CheckId) : null;
  const check = useCheck(checkId);
  const source: Source | null = chosen?.source ?? check?.source ?? null;
  const into = named(applications, get("app") ?? undefined);
  const home = usualPlace(into ? componentsOf(components, into) : [], dataCenters);

  const choose = async (next: ChosenSource) => {
    setError(null);
    if (next.source.kind === "push" || next.source.kind === "image") {
      setChosen(next);
      return put({ check: null });
    }
    const started = await client.checkCreate({
      body: {
        source: next.source,
        ...(next.credential ? { credential: next.credential } : {}),
        ...(next.dataCenter ? { dataCenter: next.dataCenter } : {}),
      },
    });
    setChosen(next);
    put({ check: started.id });
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a link with `check=now` begins at once, and once
  useEffect(() => {
    const url = get("url");
    if (asked !== "now" || !url) return;
    choose({ source: { kind: "git", url }, credential: undefined, dataCenter: home }).catch((thrown: unknown) => {
      setError(thrown);
      put({ check: null });
    });
  }, []);

  const deploy = async (component: Component["id"]) => {
    const { operation, component: now } = await client.componentDeploy({ params: { component }, body: {} });
    adoptComponent(team.id, now);
    adoptOperation(team.id, operation);
    put({ component, op: operation.id });
  };

  const create = async (confirmed: Confirmed, tellInto: (application: Application) => void) => {
    if (!source) return;
    const into =
      applications.find((a) => a.id === confirmed.application) ??
      (await client.applicationCreate({ body: { name: confirmed.applicationName } }));
    adoptApplication(team.id, into);
    tellInto(into);
    const made = await createIn(team.id, into, confirmed, { source, credential: chosen?.credential }, check?.proposal?.language);
    if (source.kind === "push") return put({ component: made.id });
    await deploy(made.id).catch((thrown: unknown) => {
      setError(thrown);
      put({ component: made.id });
    });
  };

  const again = () => {
    setChosen(null);
    put({ check: null, ...(source?.kind === "git" ? { url: source.url } : {}) });
  };
  return {
    check,
    source,
    error,
    choose,
    create,
    again,
    component: components.find((c) => c.id === get("component")),
    operation: get("op") as OperationId | null,
    into,
    home,
    dataCenter: chosen?.dataCenter ?? check?.dataCenter ?? undefined,
    url: get("url"),
    /** A link asked to begin at once, and it has not yet. */
    starting: asked === "now" && !source && error === null,
    /** With a check: once it is ready. Without: as soon as there is a source. */
    confirmable: source !== null && (check ? check.state === "ready" : chosen !== null && !checkId),
  };
}

function Flow(loaded: Loaded) {
  const { t } = useTranslation();
  const { applications, components } = loaded;
  const { check, source, component, into, ...flow } = useFlow(loaded);
  const draft =
    source &&
    draftOf(source, check?.proposal ?? null, {
      into,
      applicationNames: applications.map((a) => a.name),
      componentNames: into ? componentsOf(components, into).map((c) => c.name) : [],
    });
  return (
    <>
      {flow.error !== null && !component && <ErrorPanel error={flow.error} />}
      <Part
        number={1}
        title={t("new.source")}
        {...(source ? { summary: <SourceWords source={source} /> } : {})}
        {...(source && !component ? { change: flow.again } : {})}
      >
        {flow.starting ? (
          <Skeleton rows={1} height={36} />
        ) : (
          !source && <SourceStep home={flow.home} choose={flow.choose} key={flow.url} />
        )}
      </Part>
      {check && (
        <Part number={2} title={t("new.checkTitle")}>
          <CheckStep check={check} />
        </Part>
      )}
      {draft && flow.confirmable && !component && (
        <Part number={check ? 3 : 2} title={t("new.confirm")}>
          <ConfirmStep
            key={check?.id ?? source.kind}
            draft={draft}
            check={check}
            dataCenter={flow.dataCenter}
            applications={applications}
            components={components}
            isPush={source.kind === "push"}
            create={flow.create}
          />
        </Part>
      )}
      {component && (
        <Made {...loaded} component={component} operation={flow.operation} error={flow.error} first={check ? 3 : 2} />
      )}
    </>
  );
}

/** The component is made: its build, then where it runs; or how to push to it. */
function Made({
  applications,
  component,
  operation,
  error,
  first,
}: Loaded & {
  readonly component: Component;
  readonly operation: OperationId | null;
  /** Why it could not be deployed. */
  readonly error: unknown;
  readonly first: number;
}) {
  const { t } = useTranslation();
  const application = applications.find((a) => a.id === component.application);
  if (!application) return null;
  const ended = operation === null || component.operation !== operation;
  return (
    <>
      {error !== null && <ErrorPanel error={error} />}
      {operation && (
        <Part number={first} title={t("new.building")} summary={`${application.name} / ${component.name}`}>
          <OperationStory id={operation} />
        </Part>
      )}
      {component.source.kind === "push" && !component.release && <PushHelp component={component} />}
      {ended && (
        <Part number={first + 1} title={t("new.running")}>
          <RunStep application={application} component={component} />
        </Part>
      )}
    </>
  );
}

/** From a source to a running application: one page that grows downward. */
export function NewPage() {
  const { t } = useTranslation();
  const reason = useRoleReason("developer");
  const applications = useApplications();
  const components = useComponents();
  const dataCenters = useDataCenters();
  const has = applications.data && components.data && dataCenters.data;
  const failed = !has && (applications.error ?? components.error ?? dataCenters.error);
  const retry = () => void Promise.all([applications.refetch(), components.refetch(), dataCenters.refetch()]);
  return (
    <div className="page page-narrow">
      <PageHead title={t("new.title")} about={t("new.about")} />
      {reason && <Note level="info" title={reason} />}
      {failed && <ErrorPanel error={failed} retry={retry} />}
      {!reason &&
        !failed &&
        (applications.data && components.data && dataCenters.data ? (
          <Flow applications={applications.data} components={components.data} dataCenters={dataCenters.data} />
        ) : (
          <Skeleton rows={1} height={120} />
        ))}
    </div>
  );
}
