import { Input, InputNumber, Select } from "antd";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useCannot } from "../../components/can.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import { AddOne, firstFree, useEdited } from "../../components/edited-list.tsx";
import { SaveBar } from "../../components/save-bar.tsx";
import { attachmentOf, attachmentProblem, type AttachmentText, textOf } from "../../forms/attachments.ts";
import { Section } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import "./containers.css";

const containersMax = 5;
const kinds = ["init", "sidecar"] as const;

interface RowProps {
  readonly value: AttachmentText;
  readonly readOnly: boolean;
  readonly change: (value: AttachmentText) => void;
  readonly remove: () => void;
}

function Row({ value, readOnly, change, remove }: RowProps) {
  const { t } = useTranslation();
  const { name, resources } = value;
  const lines = (key: "command" | "variables", label: string, placeholder: string) => (
    <div>
      <span aria-hidden>{label}</span>
      <Input.TextArea
        className="mono"
        autoSize={{ minRows: 2, maxRows: 12 }}
        value={value[key]}
        readOnly={readOnly}
        placeholder={placeholder}
        aria-label={`${label}: ${name}`}
        spellCheck={false}
        onChange={(event) => change({ ...value, [key]: event.target.value })}
      />
    </div>
  );
  return (
    <li className="container">
      <div className="container-head">
        <Input
          className="mono"
          value={name}
          disabled={readOnly}
          aria-label={t("containers.name")}
          spellCheck={false}
          onChange={(event) => change({ ...value, name: event.target.value })}
        />
        <Select
          value={value.kind}
          disabled={readOnly}
          aria-label={t("containers.kindOf", { name })}
          onChange={(kind) => change({ ...value, kind })}
          options={kinds.map((kind) => ({ value: kind, label: t(`containers.kind.${kind}`) }))}
        />
        <Input
          className="mono"
          value={value.image}
          disabled={readOnly}
          placeholder="docker.io/library/nginx"
          aria-label={t("containers.imageOf", { name })}
          spellCheck={false}
          onChange={(event) => change({ ...value, image: event.target.value })}
        />
        <InputNumber
          min={16}
          value={resources.memoryMib}
          disabled={readOnly}
          aria-label={t("containers.memoryOf", { name })}
          controls={false}
          suffix="MiB"
          onChange={(memoryMib) => memoryMib && change({ ...value, resources: { ...resources, memoryMib } })}
        />
        <InputNumber
          min={10}
          value={resources.cpuMillis}
          disabled={readOnly}
          aria-label={t("containers.cpuOf", { name })}
          controls={false}
          suffix="mCPU"
          onChange={(cpuMillis) => cpuMillis && change({ ...value, resources: { ...resources, cpuMillis } })}
        />
        <button
          type="button"
          className="icon-button"
          aria-label={t("storage.remove", { name })}
          disabled={readOnly}
          onClick={remove}
        >
          <Trash2 size={14} aria-hidden />
        </button>
      </div>
      <div className="container-texts">
        {lines("command", t("containers.command"), t("containers.commandFound"))}
        {lines("variables", t("containers.variables"), "NAME=value")}
      </div>
    </li>
  );
}

/** Further containers in every instance: what plugins bring, and what people write themselves. */
export function ContainersTab() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const cannot = useCannot(component);
  const change = useConfigurationChange();
  const reasonOf = useConfigurationReason();
  const { items, dirty, ...edit } = useEdited(component.configuration.attachments.map(textOf));
  const readOnly = cannot("update") !== null;
  const attachments = items.map(attachmentOf);
  const name = firstFree(
    items.map((each) => each.name),
    "helper",
  );
  const next: AttachmentText = {
    name,
    kind: "sidecar",
    image: "",
    command: "",
    variables: "",
    resources: { memoryMib: 64, cpuMillis: 100 },
  };
  const [problem] = items.flatMap((each) => attachmentProblem(each) ?? []);
  const full = items.length >= containersMax ? t("storage.most", { count: containersMax }) : null;
  return (
    <Section title={t("containers.title")} about={t("containers.about")} flush>
      {items.length === 0 && <Empty title={t("containers.none")}>{t("containers.noneAbout")}</Empty>}
      <ul>
        {items.map((each, at) => (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: the name itself is edited
            key={at}
            value={each}
            readOnly={readOnly}
            change={(changed) => edit.change(at, changed)}
            remove={() => edit.remove(at)}
          />
        ))}
      </ul>
      <AddOne
        reason={cannot("update") ?? full ?? (items.length === 0 ? reasonOf({ attachments: [attachmentOf(next)] }) : null)}
        words={t("containers.add")}
        add={() => edit.add(next)}
      />
      <SaveBar
        count={dirty ? 1 : 0}
        reason={problem ? t(problem) : reasonOf({ attachments })}
        discard={edit.discard}
        review={() => change({ title: t("containers.title"), configuration: { attachments }, applied: edit.discard })}
      />
    </Section>
  );
}
