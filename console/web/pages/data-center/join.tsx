import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DataCenter, JoinInstructions, Preflight } from "../../../../shared/contract/data-center.ts";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { ErrorPanel, Note } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";

/** Commands hold a token that is told once: they live as long as the page's program does, and nowhere else. */
const told = new Map<string, JoinInstructions>();
export const keepCommand = (dataCenter: string, join: JoinInstructions): void => void told.set(dataCenter, join);

const looks: Readonly<Record<Preflight["state"], readonly [LucideIcon, string]>> = {
  waiting: [CircleDashed, "muted"],
  running: [LoaderCircle, "ink-blue spin"],
  passed: [CircleCheck, "ink-green"],
  warning: [TriangleAlert, "ink-amber"],
  failed: [CircleX, "ink-red"],
};

export function Checks({ checks }: { readonly checks: readonly Preflight[] }) {
  const { t } = useTranslation();
  const inWords = useTold();
  return (
    <ul className="capabilities" data-testid="checks">
      {checks.map((check) => {
        const [Icon, ink] = looks[check.state];
        const { message, next } = inWords(check);
        return (
          <li key={`${check.code} ${message}`}>
            <Icon size={16} className={ink} aria-hidden />
            <div>
              <strong>{t(`dataCenter.check.${check.name}` as "dataCenter.check.cloud", { defaultValue: check.name })}</strong>
              <span className="sr-only">{t(`dataCenter.checkState.${check.state}`)}</span>
              <p className="muted">{message}</p>
              {next && <p>{next}</p>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function useSecondsSince(at: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return (now - at) / 1_000;
}

const lookInside = "kubectl -n pluvia-system get pods\nkubectl -n pluvia-system logs deploy/pluvia-agents";

/** Before it has registered an agent can tell us nothing. */
function Waiting({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const [since] = useState(() => Math.max(Date.parse(dataCenter.createdAt), performance.timeOrigin));
  const isSilent = useSecondsSince(since) > 60;
  if (dataCenter.preflight || dataCenter.refusal) return null;
  if (!isSilent)
    return (
      <p className="row muted" role="status">
        <LoaderCircle size={16} className="spin" aria-hidden /> {t("dataCenter.join.waiting")}
      </p>
    );
  return (
    <Note level="warning" title={t("dataCenter.join.silent")}>
      <CommandLine text={lookInside} />
    </Note>
  );
}

function Commands({ join }: { readonly join: JoinInstructions }) {
  const { t, i18n } = useTranslation();
  const until = new Date(join.expiresAt).toLocaleString(i18n.language);
  return (
    <div className="stack" data-testid="join-commands">
      <p>{t("dataCenter.join.about", { until })}</p>
      <Note level="warning" title={t("dataCenter.join.once")} />
      <h3>{t("dataCenter.join.kubectl")}</h3>
      <CommandLine text={join.commands.kubectl} />
      <h3>{t("dataCenter.join.helm")}</h3>
      <CommandLine text={join.commands.helm} />
    </div>
  );
}

/** How a cluster joins: the command, and live how far it is. */
export function JoinSection({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const reason = useRoleReason("owner");
  const [join, setJoin] = useState(told.get(dataCenter.id) ?? null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (dataCenter.tenant === null || !["joining", "revoked", "disconnected"].includes(dataCenter.state)) return null;
  const again = async () => {
    setBusy(true);
    setError(null);
    try {
      const made = await client.joinTokenCreate({ params: { dataCenter: dataCenter.id } });
      keepCommand(dataCenter.id, made.join);
      setJoin(made.join);
      await cache.invalidateQueries({ queryKey: queries.dataCenters(team.id).queryKey });
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  };
  const about = dataCenter.state === "joining" ? t("dataCenter.addAbout") : t("dataCenter.join.anew");
  const shown = join && join.expiresAt === dataCenter.joinTokenExpiresAt ? join : null;
  return (
    <Section
      title={t("dataCenter.join.title")}
      about={about}
      actions={
        <ReasonButton reason={reason} loading={busy} onClick={() => void again()}>
          {t("dataCenter.join.again")}
        </ReasonButton>
      }
    >
      <div className="stack">
        {error !== null && <ErrorPanel error={error} compact />}
        {shown ? <Commands join={shown} /> : <p className="muted">{t("dataCenter.join.none")}</p>}
        {dataCenter.joinTokenExpiresAt && <p className="muted small">{t("dataCenter.join.againAbout")}</p>}
        <Waiting dataCenter={dataCenter} />
      </div>
    </Section>
  );
}

export function Refusal({ refusal }: { readonly refusal: NonNullable<DataCenter["refusal"]> }) {
  const { t } = useTranslation();
  const { message, next } = useTold()(refusal);
  return (
    <Note level="error" title={t("dataCenter.join.refused")}>
      <p>{message}</p>
      <p>{next}</p>
      <p className="muted small">
        {refusal.address && `${t("dataCenter.join.refusedFrom", { address: refusal.address })} · `}
        <Ago at={refusal.at} />
      </p>
    </Note>
  );
}

export function CheckSection({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  if (!dataCenter.preflight) return null;
  return (
    <Section title={t("dataCenter.join.checks")} about={t("dataCenter.join.checksAbout")}>
      <Checks checks={dataCenter.preflight.checks} />
    </Section>
  );
}
