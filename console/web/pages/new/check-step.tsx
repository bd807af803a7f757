import { CircleX, Info, LoaderCircle, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Check, Finding } from "../../../../shared/contract/source.ts";
import { useNameOf } from "../../components/lookup.ts";
import { useTold } from "../../i18n/platform-words.ts";

const icon = { info: Info, warning: TriangleAlert, blocks: CircleX } as const;
const ink = { info: "ink-blue", warning: "ink-amber", blocks: "ink-red" } as const;

function FindingRow({ finding }: { readonly finding: Finding }) {
  const { t } = useTranslation();
  const words = useTold()({ ...finding, next: finding.advice });
  const Icon = icon[finding.level];
  return (
    <li className="finding">
      <Icon size={16} aria-hidden className={ink[finding.level]} />
      <div>
        <span className="sr-only">{t(`finding.${finding.level}`)}</span>
        <p>
          {words.message} {finding.at && <code className="muted">{finding.at}</code>}
        </p>
        {words.next && <p className="muted small">{words.next}</p>}
      </div>
    </li>
  );
}

const rank = { blocks: 0, warning: 1, info: 2 } as const;

/** What a builder found in the source. */
export function CheckStep({ check }: { readonly check: Check }) {
  const { t } = useTranslation();
  const told = useTold();
  const name = useNameOf()(check.dataCenter ?? "");
  const findings = check.findings.toSorted((a, b) => rank[a.level] - rank[b.level]);
  return (
    <div className="stack" data-testid="check" data-state={check.state}>
      {check.state === "running" && (
        <p className="row">
          <LoaderCircle size={16} aria-hidden className="spin ink-blue" />
          <span role="status">{name ? t("new.checkingIn", { name }) : t("new.checking")}</span>
        </p>
      )}
      {check.proposal && (
        <div className="found">
          <strong>{told({ code: "", ...check.proposal.about, message: check.proposal.summary }).message}</strong>
          {check.proposal.commit && (
            <span className="muted small clip">
              <span className="mono">{check.proposal.commit.id.slice(0, 7)}</span> {check.proposal.commit.message.split("\n")[0]}
            </span>
          )}
        </div>
      )}
      {findings.length > 0 && (
        <ul className="findings">
          {findings.map((finding) => (
            <FindingRow key={finding.code + finding.message} finding={finding} />
          ))}
        </ul>
      )}
      {check.state === "blocked" && <p className="muted">{t("new.blocked")}</p>}
    </div>
  );
}
