import { Button, Input, Select } from "antd";
import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Component, Dependency } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { componentPath, useApplications, useComponents } from "../../components/lookup.ts";
import { SaveBar } from "../../components/save-bar.tsx";
import { useListEdit } from "../../components/use-list-edit.ts";
import { useTeam } from "../../components/team.ts";
import { aliasFor, isAlias } from "../../forms/alias.ts";
import { StatusChip } from "../../ui/chip.tsx";
import { Section } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import "./dependencies.css";

function useNameOf(): (component: Component | undefined) => string {
  const { t } = useTranslation();
  const applications = useApplications().data ?? [];
  return (component) =>
    component
      ? `${applications.find((a) => a.id === component.application)?.name ?? "?"} / ${component.name}`
      : t("component.removed");
}

interface RowProps {
  readonly dependency: Dependency;
  readonly target: Component | undefined;
  readonly readOnly: boolean;
  readonly wrong: string | null;
  readonly change: (dependency: Dependency) => void;
  readonly remove: () => void;
}

function Row({ dependency, target, readOnly, wrong, change, remove }: RowProps) {
  const { t } = useTranslation();
  const name = useNameOf()(target);
  const ports = target?.configuration.ports ?? [];
  const { alias } = dependency;
  return (
    <li className="dependency">
      <div className="dependency-target">
        <strong>{name}</strong>
        {target && <StatusChip status={target.status} quiet />}
      </div>
      <Select
        value={dependency.port}
        disabled={readOnly}
        aria-label={t("ports.port")}
        onChange={(port) => change({ ...dependency, port })}
        options={ports.map((p) => ({ value: p.port, label: `${p.port} ${p.protocol}` }))}
      />
      <div>
        <Input
          className="mono"
          value={alias}
          disabled={readOnly}
          aria-label={t("dependencies.alias")}
          status={wrong ? "error" : ""}
          onChange={(e) => change({ ...dependency, alias: e.target.value.toUpperCase() })}
        />
        {wrong && (
          <p className="field-error" role="alert">
            {wrong}
          </p>
        )}
      </div>
      <code className="muted small dependency-variables">{`${alias}_HOST  ${alias}_PORT  ${alias}_URL`}</code>
      <button
        type="button"
        className="icon-button"
        aria-label={t("dependencies.remove", { name })}
        disabled={readOnly}
        onClick={remove}
      >
        <Trash2 size={14} aria-hidden />
      </button>
    </li>
  );
}

function UsedBy({ component, all }: { readonly component: Component; readonly all: readonly Component[] }) {
  const { t } = useTranslation();
  const team = useTeam();
  const nameOf = useNameOf();
  const applications = useApplications().data ?? [];
  const users = all.filter((c) => c.configuration.dependencies.some((d) => d.component === component.id));
  if (users.length === 0) return null;
  return (
    <Section title={t("dependencies.usedBy")} flush>
      <ul>
        {users.map((user) => {
          const application = applications.find((a) => a.id === user.application);
          return (
            <li key={user.id} className="dependency-user">
              {application ? <Link to={componentPath(team.id, application, user)}>{nameOf(user)}</Link> : nameOf(user)}
              <StatusChip status={user.status} quiet />
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

export function DependenciesTab() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const all = useComponents().data ?? [];
  const nameOf = useNameOf();
  const cannot = useCannot(component);
  const change = useConfigurationChange();
  const edit = useListEdit<Dependency>(component.configuration.dependencies, ({ alias }) => alias);
  const { rows, items: list, discard, isEdited, both } = edit;
  const readOnly = cannot("update") !== null;
  const targets = all.filter((c) => c.id !== component.id && c.configuration.ports.some((p) => p.internal));
  const wrongOf = (d: Dependency, at: number) =>
    !isAlias(d.alias)
      ? t("dependencies.badAlias")
      : list.some((o, n) => n !== at && o.alias === d.alias)
        ? t("dependencies.aliasTaken")
        : null;
  const wrong = list.map(wrongOf).find((w) => w !== null) ?? null;
  const add = (id: Component["id"]) => {
    const target = all.find((c) => c.id === id);
    const port = target?.configuration.ports.find((p) => p.internal)?.port;
    if (target && port) edit.add({ component: target.id, port, alias: aliasFor(target.name, list) });
  };
  return (
    <>
      <Section title={t("tab.dependencies")} about={t("dependencies.about")} flush>
        {list.length === 0 && <Empty title={t("dependencies.none")}>{t("dependencies.noneAbout")}</Empty>}
        <ul>
          {rows.map(({ id, value: dependency }, at) => (
            <Row
              key={id}
              dependency={dependency}
              target={all.find((c) => c.id === dependency.component)}
              readOnly={readOnly}
              wrong={wrongOf(dependency, at)}
              change={(next) => edit.change(id, next)}
              remove={() => edit.remove(id)}
            />
          ))}
        </ul>
        {!readOnly && (
          <div className="dependency-add">
            {targets.length === 0 ? (
              <Button disabled icon={<Plus size={14} aria-hidden />}>
                {t("dependencies.noTargets")}
              </Button>
            ) : (
              <Select<Component["id"] | null>
                value={null}
                placeholder={t("dependencies.add")}
                aria-label={t("dependencies.add")}
                showSearch={{ optionFilterProp: "label" }}
                onChange={(id) => id && add(id)}
                options={targets.map((c) => ({ value: c.id, label: nameOf(c) }))}
                className="dependency-select"
              />
            )}
          </div>
        )}
        <SaveBar
          count={isEdited ? 1 : 0}
          both={both}
          reason={wrong}
          discard={discard}
          review={() => change({ title: t("tab.dependencies"), configuration: { dependencies: [...list] }, applied: discard })}
        />
      </Section>
      <UsedBy component={component} all={all} />
    </>
  );
}
