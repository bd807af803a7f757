import { Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import type { ConfigFile, Volume } from "../../../../shared/contract/component.ts";
import { freeName } from "../../../../shared/domain/name.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { EditedList, RemoveRow, type RowProps } from "../../components/edited-list.tsx";
import { useDataCenters } from "../../components/lookup.ts";
import { isPath, isVolumeName } from "../../forms/storage.ts";
import { useTold } from "../../i18n/platform-words.ts";
import "./storage.css";

const volumeKinds = ["exclusive", "shared", "memory"] as const;

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
      <RemoveRow label={t("storage.remove", { name })} readOnly={readOnly} remove={remove} />
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
        <RemoveRow label={t("storage.remove", { name })} readOnly={readOnly} remove={remove} />
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

const nextVolume = (volumes: readonly Volume[]): readonly [Volume, Volume] => {
  const name = freeName(
    "data",
    volumes.map((v) => v.name),
  );
  const volume = { name, path: `/${name}`, sizeMib: 1_024, storageClass: null };
  return [
    { ...volume, kind: "exclusive" },
    { ...volume, kind: "shared" },
  ];
};

/** What volumes are where the component runs, such as whether their size is kept: in the words of its data center. */
function useVolumesHere(): string {
  const told = useTold();
  const { component } = useComponentContext();
  const here = useDataCenters().data?.find((d) => d.id === component.dataCenter);
  const volumes = here?.capabilities.find((c) => c.name === "volumes" && c.available);
  return volumes ? ` ${told({ ...volumes, code: volumes.code ?? "" }).message}` : "";
}

function Volumes() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const here = useVolumesHere();
  return (
    <EditedList
      title={t("storage.volumes")}
      about={`${t("storage.volumesAbout")}${here}`}
      none={{ title: t("storage.none"), about: t("storage.noneAbout") }}
      head={
        <div className="volume volume-head" aria-hidden>
          <span>{t("storage.name")}</span>
          <span>{t("storage.kindWord")}</span>
          <span>{t("storage.path")}</span>
          <span>{t("storage.size")}</span>
          <span>{t("storage.class")}</span>
        </div>
      }
      saved={component.configuration.volumes}
      keyOf={({ name }) => name}
      Row={VolumeRow}
      next={nextVolume}
      add={t("storage.add")}
      most={10}
      configurationOf={(volumes) => ({ volumes: [...volumes] })}
      problemOf={(volumes) => {
        if (volumes.some((v) => !isVolumeName(v.name))) return t("storage.badName");
        return volumes.some((v) => !isPath(v.path)) ? t("storage.badPath") : null;
      }}
    />
  );
}

const nextFile = (files: readonly ConfigFile[]): ConfigFile => ({
  path: freeName(
    "/etc/app.conf",
    files.map((f) => f.path),
  ),
  content: "",
  executable: false,
});

function Files() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  return (
    <EditedList
      title={t("storage.files")}
      about={t("storage.filesAbout")}
      none={{ title: t("storage.filesNone"), about: t("storage.filesNoneAbout") }}
      saved={component.configuration.files}
      keyOf={({ path }) => path}
      Row={FileRow}
      next={(files) => [nextFile(files)]}
      add={t("storage.addFile")}
      most={20}
      configurationOf={(files) => ({ files: [...files] })}
      problemOf={(files) => (files.some((f) => !isPath(f.path)) ? t("storage.badPath") : null)}
    />
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
