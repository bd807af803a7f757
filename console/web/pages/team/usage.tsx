import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { QuotaUse } from "../../../../shared/contract/quota.ts";
import { standingOf } from "../../../../shared/domain/quota-use.ts";
import { queries } from "../../api/queries.ts";
import { useTeam } from "../../components/team.ts";
import { Meter } from "../../ui/meter.tsx";
import { PageHead, Section } from "../../ui/page.tsx";
import { bytes } from "../../ui/quantity.ts";
import { ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import "./usage.css";

type Item = QuotaUse["items"][number];
const bytesOfMib = 1_024 * 1_024;

function useAmount(): (item: Item, amount: number) => string {
  const { i18n } = useTranslation();
  return ({ name }, amount) =>
    name.includes("Mib") ? bytes(amount * bytesOfMib, i18n.language) : new Intl.NumberFormat(i18n.language).format(amount);
}

function Limit({ item }: { readonly item: Item }) {
  const { t } = useTranslation();
  const amount = useAmount();
  const { name, limit, used, own } = item;
  const label = t(`usage.limit.${name}`);
  const about = own ? t("usage.own") : undefined;
  if (used !== null)
    return (
      <Meter
        label={label}
        about={about}
        used={used}
        of={limit}
        words={t("usage.of", { used: amount(item, used), limit: amount(item, limit) })}
      />
    );
  return (
    <div className="meter-words">
      <span>
        {label}
        {about && <span className="muted small"> {about}</span>}
      </span>
      <span className="mono num muted">{t("usage.most", { limit: amount(item, limit) })}</span>
    </div>
  );
}

/** Which limits stop the team already, and which will soon. */
function Standing({ items }: { readonly items: readonly Item[] }) {
  const { t, i18n } = useTranslation();
  const listed = (standing: ReturnType<typeof standingOf>): string =>
    new Intl.ListFormat(i18n.language).format(
      items.filter((item) => standingOf(item) === standing).map((item) => t(`usage.limit.${item.name}`)),
    );
  const [full, near] = [listed("full"), listed("near")];
  return (
    <>
      {full !== "" && (
        <Note level="error" title={t("usage.full", { names: full })}>
          {t("usage.fullAbout")}
        </Note>
      )}
      {near !== "" && (
        <Note level="warning" title={t("usage.near", { names: near })}>
          {t("usage.nearAbout")}
        </Note>
      )}
    </>
  );
}

export function UsagePage() {
  const { t } = useTranslation();
  const team = useTeam();
  const quota = useQuery(queries.quota(team.id));
  const items = quota.data?.items ?? [];
  return (
    <div className="page">
      <PageHead title={t("nav.usage")} about={t("usage.about")} />
      {quota.isLoadingError && <ErrorPanel error={quota.error} retry={() => void quota.refetch()} />}
      {quota.isPending && <Skeleton rows={6} height={40} />}
      {quota.data && (
        <>
          <Standing items={items} />
          <Section>
            <div className="stack">
              {items.every((item) => item.name === "members" || !item.used) && <p className="muted">{t("usage.nothing")}</p>}
              <div className="usage">
                {items.map((item) => (
                  <Limit key={item.name} item={item} />
                ))}
              </div>
            </div>
          </Section>
        </>
      )}
    </div>
  );
}
