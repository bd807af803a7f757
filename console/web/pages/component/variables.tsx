import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Switch } from "antd";
import { ClipboardPaste, Lock, Plus, Trash2, Undo2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Variable } from "../../../../shared/contract/component.ts";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useCannot } from "../../components/can.ts";
import { savedOnce } from "../../components/change-plan.ts";
import { useChange } from "../../components/change.tsx";
import { LeaveGuard } from "../../components/leave-guard.tsx";
import { SaveBar } from "../../components/save-bar.tsx";
import { useTeam } from "../../components/team.ts";
import {
  bothChanged,
  type Edits,
  madeAnew,
  nameProblem,
  parseEnv,
  partsOf,
  remaining,
  type Staged,
  staged,
  without,
} from "../../forms/variables.ts";
import { Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { Empty, ErrorPanel, Skeleton } from "../../ui/states.tsx";
import { ValueArea } from "../../ui/value-area.tsx";
import { useComponentContext } from "../../components/component-context.ts";
import "./variables.css";
import { Dialog } from "../../ui/dialog.tsx";

interface RowProps {
  readonly variable: Variable | null;
  readonly name: string;
  /** undefined: not edited. */
  readonly edit: Staged | null | undefined;
  readonly change: (edit: Staged | null) => void;
  readonly revert: () => void;
  readonly readOnly: boolean;
}

function Row({ variable, name, edit, change, revert, readOnly }: RowProps) {
  const { t } = useTranslation();
  const kind = edit?.kind ?? variable?.kind ?? "plain";
  const value = edit ? edit.value : (variable?.value ?? "");
  const removed = edit === null;
  const label = t("variables.valueOf", { name });
  const typed = (text: string) => change({ kind, value: text });
  return (
    <li className={`variable${edit !== undefined ? " edited" : ""}${removed ? " removed" : ""}`}>
      <span className="variable-name mono">
        {kind === "secret" && <Lock size={14} aria-label={t("variables.secret")} />}
        <span className="clip" title={name}>
          {name}
        </span>
      </span>
      <ValueArea
        secret={kind === "secret"}
        value={value}
        placeholder={kind === "secret" && variable ? t("variables.secretKept") : ""}
        aria-label={label}
        disabled={removed || readOnly}
        onChange={(e) => typed(e.target.value)}
      />
      <span className="variable-tools">
        {edit !== undefined && (
          <button
            type="button"
            className="icon-button"
            aria-label={t("variables.revert", { name })}
            title={t("action.undo")}
            onClick={revert}
          >
            <Undo2 size={14} aria-hidden />
          </button>
        )}
        {!removed && !readOnly && (
          <button
            type="button"
            className="icon-button"
            aria-label={t("variables.remove", { name })}
            title={t("action.remove")}
            onClick={() => change(null)}
          >
            <Trash2 size={14} aria-hidden />
          </button>
        )}
      </span>
    </li>
  );
}

function AddRow({
  taken,
  add,
}: {
  readonly taken: (name: string) => boolean;
  readonly add: (name: string, edit: Staged) => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [secret, setSecret] = useState(false);
  const problem = nameProblem(name);
  const wrong = name === "" ? null : problem ? t(problem) : taken(name) ? t("variables.taken") : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name === "" || wrong) return;
    add(name, { kind: secret ? "secret" : "plain", value });
    setName("");
    setValue("");
  };
  return (
    <form className="variable variable-add" onSubmit={submit}>
      <LeaveGuard dirty={name !== "" || value !== ""} />
      <div>
        <Input
          className="mono"
          value={name}
          placeholder={t("variables.name")}
          aria-label={t("variables.name")}
          spellCheck={false}
          autoComplete="off"
          status={wrong ? "error" : ""}
          onChange={(e) => setName(e.target.value)}
        />
        {wrong && (
          <p className="field-error" role="alert">
            {wrong}
          </p>
        )}
      </div>
      <ValueArea
        secret={secret}
        value={value}
        placeholder={t("variables.value")}
        aria-label={t("variables.value")}
        onChange={(e) => setValue(e.target.value)}
      />
      <span className="variable-tools">
        {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside */}
        <label className="row small nowrap">
          <Switch size="small" checked={secret} onChange={setSecret} aria-label={t("variables.secret")} />
          {t("variables.secret")}
        </label>
        <ReasonButton
          htmlType="submit"
          icon={<Plus size={14} aria-hidden />}
          reason={name === "" ? t("variables.nameFirst") : wrong}
        >
          {t("action.add")}
        </ReasonButton>
      </span>
    </form>
  );
}

function Paste({ close, take }: { readonly close: () => void; readonly take: (set: Readonly<Record<string, string>>) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const { set, badLines, reserved } = parseEnv(text);
  const count = Object.keys(set).length;
  return (
    <Dialog
      title={t("variables.paste")}
      onCancel={close}
      okText={t("variables.take", { count })}
      okButtonProps={{ disabled: count === 0 }}
      cancelText={t("action.cancel")}
      onOk={() => {
        take(set);
        close();
      }}
    >
      <Input.TextArea
        autoFocus
        rows={10}
        className="mono"
        value={text}
        spellCheck={false}
        placeholder={"NAME=value"}
        aria-label={t("variables.paste")}
        onChange={(e) => setText(e.target.value)}
      />
      {badLines.length > 0 && <p className="field-error">{t("variables.badLines", { lines: badLines.join(", ") })}</p>}
      {reserved.length > 0 && <p className="field-error">{t("variables.reservedLeftOut", { names: reserved.join(", ") })}</p>}
    </Dialog>
  );
}

function Editor({ variables, generation }: { readonly variables: readonly Variable[]; readonly generation: number }) {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const { application, component } = useComponentContext();
  const ask = useChange();
  const cannot = useCannot(component);
  const [kept, setEdits] = useState<Edits>({});
  const edits = remaining(kept, variables);
  const both = bothChanged(edits, variables);
  const [pasting, setPasting] = useState(false);
  const readOnly = cannot("update") !== null;
  const edit = (name: string, next: Staged | null) => setEdits((now) => staged(now, variables, name, next));
  const revert = (name: string) => setEdits((now) => without(now, [name]));
  const added = Object.keys(edits).filter((name) => !variables.some((v) => v.name === name));
  const review = () => {
    const { set, unset } = partsOf(edits);
    const save = savedOnce(async () => {
      const saved = await client.variableUpdate({ params: { component: component.id }, body: { set, unset, generation } });
      cache.setQueryData(queries.variables(team.id, component.id).queryKey, saved);
      setEdits({});
    });
    const deploy = async () => {
      await save();
      return (await client.componentConfigure({ params: { component: component.id } })).operation;
    };
    const saveOnly = { label: t("edit.saveOnly"), run: () => save().then(() => null) };
    ask({
      title: `${t("tab.variables")} · ${application.name} / ${component.name}`,
      component,
      plan: { kind: "variables", set, unset },
      applies: cannot("configure") ? [saveOnly] : [{ label: t("edit.saveAndDeploy"), run: deploy }, saveOnly],
    });
  };
  return (
    <Section
      title={t("tab.variables")}
      about={t("variables.about")}
      actions={
        !readOnly && (
          <Button size="small" icon={<ClipboardPaste size={14} aria-hidden />} onClick={() => setPasting(true)}>
            {t("variables.paste")}
          </Button>
        )
      }
      flush
    >
      <ul className="variables">
        {variables.length + added.length === 0 && (
          <li>
            <Empty title={t("variables.none")}>{t("variables.noneAbout")}</Empty>
          </li>
        )}
        {variables.map((v) => (
          <Row
            key={v.name}
            variable={v}
            name={v.name}
            edit={edits[v.name]?.wanted}
            change={(next) => edit(v.name, next)}
            revert={() => revert(v.name)}
            readOnly={readOnly}
          />
        ))}
        {added.map((name) => (
          <Row
            key={name}
            variable={null}
            name={name}
            edit={edits[name]?.wanted}
            change={(next) => edit(name, next)}
            revert={() => revert(name)}
            readOnly={readOnly}
          />
        ))}
      </ul>
      {!readOnly && (
        <AddRow
          taken={(name) => added.includes(name) || (variables.some((v) => v.name === name) && edits[name]?.wanted !== null)}
          add={edit}
        />
      )}
      <SaveBar
        count={Object.keys(edits).length}
        both={
          both.length === 0
            ? null
            : {
                names: both,
                keepMine: () => setEdits(madeAnew(edits, variables)),
                takeTheirs: () => setEdits(without(edits, both)),
              }
        }
        discard={() => setEdits({})}
        review={review}
      />
      {pasting && (
        <Paste
          close={() => setPasting(false)}
          take={(set) =>
            Object.entries(set).forEach(
              ([name, value]) => void edit(name, { kind: variables.find((v) => v.name === name)?.kind ?? "plain", value }),
            )
          }
        />
      )}
    </Section>
  );
}

export function VariablesTab() {
  const team = useTeam();
  const { component } = useComponentContext();
  const list = useQuery(queries.variables(team.id, component.id));
  if (list.isLoadingError) return <ErrorPanel error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Skeleton rows={5} height={48} />;
  return <Editor variables={list.data.items} generation={list.data.generation} />;
}
