import { Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { freeName } from "../../../../shared/domain/name.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { EditedList, RemoveRow, type RowProps } from "../../components/edited-list.tsx";
import { attachmentOf, attachmentProblem, type AttachmentText, textOf } from "../../forms/attachments.ts";
import "./containers.css";

const kinds = ["init", "sidecar"] as const;

function Row({ value, readOnly, change, remove }: RowProps<AttachmentText>) {
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
        <RemoveRow label={t("storage.remove", { name })} readOnly={readOnly} remove={remove} />
      </div>
      <div className="container-texts">
        {lines("command", t("containers.command"), t("containers.commandFound"))}
        {lines("variables", t("containers.variables"), "NAME=value")}
      </div>
    </li>
  );
}

const nextAttachment = (attachments: readonly AttachmentText[]): AttachmentText => ({
  name: freeName(
    "helper",
    attachments.map((each) => each.name),
  ),
  kind: "sidecar",
  image: "",
  command: "",
  variables: "",
  resources: { memoryMib: 64, cpuMillis: 100 },
});

/** Further containers in every instance: what plugins bring, and what people write themselves. */
export function ContainersTab() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  return (
    <EditedList
      title={t("containers.title")}
      about={t("containers.about")}
      none={{ title: t("containers.none"), about: t("containers.noneAbout") }}
      saved={component.configuration.attachments.map(textOf)}
      keyOf={({ name }) => name}
      Row={Row}
      next={(texts) => [nextAttachment(texts)]}
      add={t("containers.add")}
      most={5}
      configurationOf={(texts) => ({ attachments: texts.map(attachmentOf) })}
      problemOf={(texts) => {
        const [problem] = texts.flatMap((each) => attachmentProblem(each) ?? []);
        return problem ? t(problem) : null;
      }}
    />
  );
}
