import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Source } from "../../../shared/contract/source.ts";

/** A long address breaks after its slashes, not in its words. */
const Breakable = ({ text }: { readonly text: string }) =>
  text.split(/(?<=\/)(?!\/)/).map((part, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move
    <Fragment key={at}>
      {part}
      <wbr />
    </Fragment>
  ));

/** Where a component comes from, in one line. */
export function SourceWords({ source }: { readonly source: Source }) {
  const { t } = useTranslation();
  const directory = "directory" in source && source.directory ? `/${source.directory}` : "";
  switch (source.kind) {
    case "git":
      return (
        <span className="mono">
          <Breakable text={source.url} />
          {source.ref && <span className="muted"> @ {source.ref}</span>}
          <span className="muted">{directory}</span>
        </span>
      );
    case "push":
      return (
        <span>
          {t("source.kind.push")}
          {source.commit && <span className="mono"> {source.commit.slice(0, 7)}</span>}
          <span className="mono muted">{directory}</span>
        </span>
      );
    case "upload":
      return (
        <span>
          {t("source.kind.upload")} <span className="mono muted">{source.upload.slice(-6)}</span>
        </span>
      );
    case "image":
      return (
        <span className="mono">
          <Breakable text={source.image} />
        </span>
      );
  }
}
