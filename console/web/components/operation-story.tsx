import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { BuildId, OperationId } from "../../../shared/contract/id.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import type { Build } from "../../../shared/contract/release.ts";
import { client } from "../api/client.ts";
import { adoptOperation, useChannel } from "../api/live.ts";
import { queries } from "../api/queries.ts";
import { useTold } from "../i18n/platform-words.ts";
import { ProgressChip } from "../ui/chip.tsx";
import { ErrorPanel, Note, Skeleton } from "../ui/states.tsx";
import { Steps } from "../ui/steps.tsx";
import { Ago, Duration } from "../ui/time.tsx";
import { useTeam } from "./team.ts";

const BuildLog = lazy(async () => ({ default: (await import("./build-log.tsx")).BuildLog }));

export const isOpen = (operation: Operation): boolean => operation.state === "pending" || operation.state === "running";

/** With what the program said last, where it was the program that failed. */
function Failure({ failure }: { readonly failure: NonNullable<Operation["failure"]> }) {
  const { t } = useTranslation();
  const { message, next } = useTold()(failure);
  const lines = failure.params?.["lastLines"];
  return (
    <>
      <Note level="error" title={message}>
        {next}
      </Note>
      {lines && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by the keyboard
        <section className="last-lines" aria-label={t("component.lastLines")} tabIndex={0}>
          <pre>{lines}</pre>
        </section>
      )}
    </>
  );
}

/** What it waits for before it begins. */
function Turn({ turn: { for: whose, before, running, atOnce } }: { readonly turn: NonNullable<Build["turn"]> }) {
  const { t } = useTranslation();
  const facts = { count: before, running, atOnce };
  return (
    <Note level="info" title={t(whose === "team" ? "build.waitsForTeam" : "build.waitsForPlatform", facts)}>
      {t(whose === "team" ? "build.waitsForTeamAbout" : "build.waitsForPlatformAbout", facts)}
    </Note>
  );
}

/** What its builder waits for before it begins. */
function Wait({ advice }: { readonly advice: Build["advice"][number] }) {
  const { message, next } = useTold()(advice);
  return (
    <Note level="warning" title={message}>
      {next}
    </Note>
  );
}

function BuildPart({ id, open, failed }: { readonly id: BuildId; readonly open: boolean; readonly failed: boolean }) {
  const { t, i18n } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const { data: build } = useQuery(queries.build(team.id, id));
  const [wanted, setWanted] = useState<boolean | null>(null);
  const unfinished = build?.state === "queued" || build?.state === "running";
  useChannel(
    unfinished ? `build/${id}` : null,
    {},
    { onData: (data) => data.kind === "build" && cache.setQueryData(queries.build(team.id, id).queryKey, data.build) },
  );
  const told = useTold();
  if (!build) return null;
  // A builder of an earlier version tells the reasons as one text.
  const misses = new Intl.ListFormat(i18n.language).format(build.cacheMisses.map((each) => told(each).message));
  const shown = wanted ?? (open || build.state === "failed");
  return (
    <div className="stack">
      {build.turn && <Turn turn={build.turn} />}
      {build.advice.map((advice) => (
        <Wait key={advice.code} advice={advice} />
      ))}
      {build.cache && (
        <p className="muted small">
          {build.cache === "hit" ? t("build.cacheHit") : t("build.cacheMiss", { reason: misses || build.cache })}
        </p>
      )}
      {build.failure && !failed && <Failure failure={build.failure} />}
      <div>
        <button type="button" className="link-button" aria-expanded={shown} onClick={() => setWanted(!shown)}>
          {shown ? t("build.hideLog") : t("build.showLog")}
        </button>
      </div>
      {shown && (
        <Suspense fallback={<Skeleton rows={1} height={160} />}>
          <BuildLog build={build} />
        </Suspense>
      )}
    </div>
  );
}

function Cancel({ operation }: { readonly operation: Operation }) {
  const { t } = useTranslation();
  const team = useTeam();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const cancel = async () => {
    setBusy(true);
    try {
      adoptOperation(team.id, await client.operationCancel({ params: { operation: operation.id } }));
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  };
  return (
    <>
      {error !== null && <ErrorPanel error={error} compact />}
      <Button size="small" loading={busy} onClick={() => void cancel()}>
        {t("operation.cancel")}
      </Button>
    </>
  );
}

/** An operation from the first step to its end, live. */
export function OperationStory({ id, withLog = true }: { readonly id: OperationId; readonly withLog?: boolean }) {
  const { t } = useTranslation();
  const team = useTeam();
  const { data: operation, error, refetch } = useQuery(queries.operation(team.id, id));
  const open = operation ? isOpen(operation) : false;
  useChannel(
    open ? `operation/${id}` : null,
    {},
    { onData: (data) => data.kind === "operation" && adoptOperation(team.id, data.operation) },
  );
  if (error && !operation) return <ErrorPanel error={error} retry={() => void refetch()} compact />;
  if (!operation) return <Skeleton rows={4} height={28} />;
  return (
    <div className="stack" data-testid="operation" data-state={operation.state}>
      <div className="row row-wrap">
        <ProgressChip state={operation.state} quiet={false} />
        <span className="muted small">
          {t("operation.by", { name: operation.actor.name })} · <Ago at={operation.createdAt} />
        </span>
        <span className="grow" />
        <Duration from={operation.createdAt} to={operation.endedAt} />
        {open && <Cancel operation={operation} />}
      </div>
      {operation.failure && <Failure failure={operation.failure} />}
      {operation.state === "superseded" && <p className="muted small">{t("operation.supersededWhy")}</p>}
      {operation.steps.length > 0 && <Steps steps={operation.steps} elsewhere={operation.failure?.message} />}
      {withLog && operation.build && <BuildPart id={operation.build} open={open} failed={operation.failure !== null} />}
    </div>
  );
}
