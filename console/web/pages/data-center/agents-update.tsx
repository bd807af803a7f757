import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DataCenter } from "../../../../shared/contract/data-center.ts";
import { updatesByHand } from "../../../../shared/domain/data-center.ts";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { ErrorPanel, Note } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";

/** There are newer agents: they come by themselves, or at once when an owner asks. */
export function AgentsUpdate({ dataCenter, version }: { readonly dataCenter: DataCenter; readonly version: string }) {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const role = useRoleReason("owner");
  const [error, setError] = useState<unknown>(null);
  const ask = async () => {
    setError(null);
    const asked = client.agentsUpdate({ params: { dataCenter: dataCenter.id } });
    await asked.then(() => cache.invalidateQueries({ queryKey: queries.dataCenters(team.id).queryKey }), setError);
  };
  const isByHand = updatesByHand(dataCenter);
  const about = isByHand ? t("dataCenter.updateByHand") : t("dataCenter.updateAbout");
  const reason = dataCenter.tenant === null ? t("dataCenter.do.platform") : (role ?? (isByHand ? about : null));
  const action = (
    <ReasonButton reason={reason} onClick={() => void ask()}>
      {t("dataCenter.updateNow")}
    </ReasonButton>
  );
  return (
    <Note level="info" title={t("dataCenter.update", { version })} action={action}>
      {about}
      {dataCenter.agentUpdateAskedAt && (
        <p>
          {t("dataCenter.updateAsked")} <Ago at={dataCenter.agentUpdateAskedAt} />
        </p>
      )}
      {error !== null && <ErrorPanel error={error} />}
    </Note>
  );
}
