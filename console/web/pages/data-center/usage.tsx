import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { DataCenter, DataCenterUsage } from "../../../../shared/contract/data-center.ts";
import { queries } from "../../api/queries.ts";
import { useTeam } from "../../components/team.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { Meter } from "../../ui/meter.tsx";
import { Facts, Section } from "../../ui/page.tsx";
import { bytes, cores } from "../../ui/quantity.ts";
import { ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";

const bytesOfMib = 1_024 * 1_024;

function Meters({ usage }: { readonly usage: DataCenterUsage }) {
  const { t, i18n } = useTranslation();
  const { team, capacity } = usage;
  const { language } = i18n;
  const of = (used: string, all: string) => t("dataCenter.of", { used, all });
  const memoryLimit = team.limits.memoryMib * bytesOfMib;
  return (
    <div className="meters">
      <Meter
        label={t("instance.many")}
        about={t("dataCenter.ofLimit")}
        used={team.instances}
        of={team.limits.instances}
        words={of(String(team.instances), String(team.limits.instances))}
      />
      {team.memoryBytes !== null && (
        <Meter
          label={t("dataCenter.memory")}
          about={t("dataCenter.ofLimit")}
          used={team.memoryBytes}
          of={memoryLimit}
          words={of(bytes(team.memoryBytes, language), bytes(memoryLimit, language))}
        />
      )}
      {team.cpuMillis !== null && capacity && (
        <Meter
          label={t("dataCenter.cpu")}
          about={t("dataCenter.ofNodes")}
          used={team.cpuMillis}
          of={capacity.cpuMillis}
          words={of(cores(team.cpuMillis, language), cores(capacity.cpuMillis, language))}
        />
      )}
    </div>
  );
}

/** What all others use there: other teams, the cluster itself, its owner. */
function Others({ usage }: { readonly usage: DataCenterUsage }) {
  const { t, i18n } = useTranslation();
  const { team, capacity } = usage;
  const most = { label: t("dataCenter.memoryMost"), value: bytes(team.memoryMibMost * bytesOfMib, i18n.language) };
  if (!capacity || team.cpuMillis === null || team.memoryBytes === null) return <Facts facts={[most]} />;
  const rest = (all: number, own: number) => Math.max(0, all - own);
  const others = `${cores(rest(capacity.cpuMillisUsed, team.cpuMillis), i18n.language)} · ${bytes(rest(capacity.memoryBytesUsed, team.memoryBytes), i18n.language)}`;
  return <Facts facts={[most, { label: t("dataCenter.others"), value: others }]} />;
}

/** What the team uses of a data center, beside its limits and what the data center has. */
export function Usage({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const told = useTold();
  const team = useTeam();
  const { data, isLoadingError, isPending, error, refetch } = useQuery(queries.dataCenterUsage(team.id, dataCenter.id));
  const about = (
    <>
      {t("dataCenter.capacityTold")} <Ago at={data?.at ?? null} />
    </>
  );
  return (
    <Section title={t("dataCenter.teamUsage", { team: team.name })} about={data?.at ? about : undefined}>
      {isLoadingError && <ErrorPanel error={error} retry={() => void refetch()} compact />}
      {isPending && <Skeleton rows={2} height={44} />}
      {data && (
        <div className="stack">
          {data.measuring?.available === false && (
            <Note level="info" title={t("dataCenter.notMeasured")}>
              {told({ ...data.measuring, code: data.measuring.code ?? "" }).message} {t("dataCenter.notMeasuredAbout")}
            </Note>
          )}
          <Meters usage={data} />
          <Others usage={data} />
        </div>
      )}
    </Section>
  );
}
