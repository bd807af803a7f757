import { FileArchive } from "lucide-react";
import { type DragEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UploadId } from "../../../../shared/contract/id.ts";
import { upload } from "../../api/upload.ts";
import { bytes } from "../../ui/quantity.ts";
import { ErrorPanel, Note } from "../../ui/states.tsx";

const known = /\.(zip|tar|tgz|tar\.gz|jar|war)$/i;

/** A place to drop an archive, which is also a button. */
export function UploadField({ done }: { readonly done: (upload: UploadId) => Promise<void> }) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const [over, setOver] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const take = async (chosen: File | undefined) => {
    if (!chosen || share !== null) return;
    setFile(chosen);
    setError(null);
    setShare(0);
    try {
      await done(await upload(chosen, setShare));
    } catch (thrown) {
      setError(thrown);
    }
    setShare(null);
  };
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  return (
    <div>
      {error instanceof Error && error.name === "Error" ? (
        <Note level="error" title={error.message} />
      ) : (
        error !== null && <ErrorPanel error={error} compact />
      )}
      <label
        htmlFor={id}
        className={`drop${over ? " over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={dropped}
      >
        <FileArchive size={24} aria-hidden />
        <span>{file ? t("source.dropped", { name: file.name, size: bytes(file.size, i18n.language) }) : t("source.drop")}</span>
        {file && !known.test(file.name) && <span className="muted small">{t("source.oddArchive")}</span>}
        {share !== null && (
          <progress value={share} aria-label={t("source.uploading", { percent: Math.round(share * 100) })}>
            {Math.round(share * 100)}
          </progress>
        )}
        <input
          id={id}
          type="file"
          className="sr-only"
          accept=".zip,.tar,.tgz,.gz,.jar,.war"
          onChange={(event) => {
            void take(event.target.files?.[0]);
            // Or the same file could not be chosen again after a failure.
            event.target.value = "";
          }}
        />
      </label>
    </div>
  );
}
