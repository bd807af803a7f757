import { Input, InputNumber, Select, Switch } from "antd";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ConfigFile, Volume } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import { AddOne, firstFree, useEdited } from "../../components/edited-list.tsx";
import { SaveBar } from "../../components/save-bar.tsx";
import { isPath, isVolumeName } from "../../forms/storage.ts";
import { Section } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import "./storage.css";

const volumesMax = 10;
const filesMax = 20;
const volumeKinds = ["exclusive", "shared", "memory"] as const;

interface RowProps<T> {
  readonly value: T;
  readonly readOnly: boolean;
  readonly change: (value: T) => void;
  readonly remove: () => void;
}

function VolumeRow({ value: volume, readOnly, change, remove }: RowProps<Volume>) {
  const { t } = useTranslation();
  const { name } = volume;
  return (
    <li className="volume">
      <Input
        className="mono"
        value={name}
        disabled={readOnly}
        aria-label={t("storage.name")}
        status={isVolumeName(name) ? "" : "error"}
        spellCheck={false}
        onChange={(event) => change({ ...volume, name: event.target.value })}
      />
      <Select
        value={volume.kind}
        disabled={readOnly}
        aria-label={t("storage.kindOf", { name })}
        onChange={(kind) => change({ ...volume, kind, storageClass: kind === "memory" ? null : volume.storageClass })}
        options={volumeKinds.map((value) => ({ value, label: t(`storage.kind.${value}`) }))}
      />
      <Input
        className="mono"
        value={volume.path}
        disabled={readOnly}
        aria-label={t("storage.pathOf", { name })}
        status={isPath(volume.path) ? "" : "error"}
        spellCheck={false}
        onChange={(event) => change({ ...volume, path: event.target.value })}
      />
      <InputNumber
        min={1}
        max={16_777_216}
        value={volume.sizeMib}
        disabled={readOnly}
        aria-label={t("storage.sizeOf", { name })}
        controls={false}
        suffix="MiB"
        onChange={(value) => value && change({ ...volume, sizeMib: Math.round(value) })}
      />
      <Input
        className="mono"
        value={volume.storageClass ?? ""}
        disabled={readOnly || volume.kind === "memory"}
        placeholder={volume.kind === "memory" ? "–" : t("storage.classDefault")}
        aria-label={t("storage.classOf", { name })}
        spellCheck={false}
        onChange={(event) => change({ ...volume, storageClass: event.target.value.trim() || null })}
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
    </li>
  );
}

function FileRow({ value: file, readOnly, change, remove }: RowProps<ConfigFile>) {
  const { t } = useTranslation();
  const name = file.path;
  return (
    <li className="config-file">
      <div className="config-file-head">
        <Input
          className="mono"
          value={file.path}
          disabled={readOnly}
          aria-label={t("storage.filePath")}
          status={isPath(file.path) ? "" : "error"}
          spellCheck={false}
          onChange={(event) => change({ ...file, path: event.target.value })}
        />
        {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside */}
        <label className="row small nowrap">
          <Switch
            size="small"
            disabled={readOnly}
            checked={file.executable}
            aria-label={t("storage.executableOf", { name })}
            onChange={(executable) => change({ ...file, executable })}
          />
          {t("storage.executable")}
        </label>
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
      <Input.TextArea
        className="mono"
        autoSize={{ minRows: 3, maxRows: 18 }}
        value={file.content}
        readOnly={readOnly}
        aria-label={t("storage.contentOf", { name })}
        spellCheck={false}
        onChange={(event) => change({ ...file, content: event.target.value })}
      />
    </li>
  );
}

function Volumes() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const cannot = useCannot(component);
  const change = useConfigurationChange();
  const reasonOf = useConfigurationReason();
  const { items, dirty, ...edit } = useEdited(component.configuration.volumes);
  const readOnly = cannot("update") !== null;
  const name = firstFree(
    items.map((v) => v.name),
    "data",
  );
  const next: Volume = { name, kind: "exclusive", path: `/${name}`, sizeMib: 1_024, storageClass: null };
  const badName = items.some((v) => !isVolumeName(v.name));
  const badPath = items.some((v) => !isPath(v.path));
  const reason = badName ? t("storage.badName") : badPath ? t("storage.badPath") : reasonOf({ volumes: [...items] });
  const full = items.length >= volumesMax ? t("storage.most", { count: volumesMax }) : null;
  return (
    <Section title={t("storage.volumes")} about={t("storage.volumesAbout")} flush>
      {items.length === 0 ? (
        <Empty title={t("storage.none")}>{t("storage.noneAbout")}</Empty>
      ) : (
        <div className="volume volume-head" aria-hidden>
          <span>{t("storage.name")}</span>
          <span>{t("storage.kindWord")}</span>
          <span>{t("storage.path")}</span>
          <span>{t("storage.size")}</span>
          <span>{t("storage.class")}</span>
        </div>
      )}
      <ul>
        {items.map((volume, at) => (
          <VolumeRow
            // biome-ignore lint/suspicious/noArrayIndexKey: the name itself is edited
            key={at}
            value={volume}
            readOnly={readOnly}
            change={(changed) => edit.change(at, changed)}
            remove={() => edit.remove(at)}
          />
        ))}
      </ul>
      <AddOne
        reason={cannot("update") ?? full ?? (items.length === 0 ? reasonOf({ volumes: [next] }) : null)}
        words={t("storage.add")}
        add={() => edit.add(next)}
      />
      <SaveBar
        count={dirty ? 1 : 0}
        reason={reason}
        discard={edit.discard}
        review={() => change({ title: t("storage.volumes"), configuration: { volumes: [...items] }, applied: edit.discard })}
      />
    </Section>
  );
}

function Files() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const cannot = useCannot(component);
  const change = useConfigurationChange();
  const reasonOf = useConfigurationReason();
  const { items, dirty, ...edit } = useEdited(component.configuration.files);
  const readOnly = cannot("update") !== null;
  const path = firstFree(
    items.map((f) => f.path),
    "/etc/app.conf",
  );
  const next: ConfigFile = { path, content: "", executable: false };
  const badPath = items.some((f) => !isPath(f.path));
  const full = items.length >= filesMax ? t("storage.most", { count: filesMax }) : null;
  return (
    <Section title={t("storage.files")} about={t("storage.filesAbout")} flush>
      {items.length === 0 && <Empty title={t("storage.filesNone")}>{t("storage.filesNoneAbout")}</Empty>}
      <ul>
        {items.map((file, at) => (
          <FileRow
            // biome-ignore lint/suspicious/noArrayIndexKey: the path itself is edited
            key={at}
            value={file}
            readOnly={readOnly}
            change={(changed) => edit.change(at, changed)}
            remove={() => edit.remove(at)}
          />
        ))}
      </ul>
      <AddOne
        reason={cannot("update") ?? full ?? (items.length === 0 ? reasonOf({ files: [next] }) : null)}
        words={t("storage.addFile")}
        add={() => edit.add(next)}
      />
      <SaveBar
        count={dirty ? 1 : 0}
        reason={badPath ? t("storage.badPath") : reasonOf({ files: [...items] })}
        discard={edit.discard}
        review={() => change({ title: t("storage.files"), configuration: { files: [...items] }, applied: edit.discard })}
      />
    </Section>
  );
}

export function StorageTab() {
  return (
    <>
      <Volumes />
      <Files />
    </>
  );
}
