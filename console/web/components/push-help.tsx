import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Component } from "../../../shared/contract/component.ts";
import { CommandLine } from "../ui/command-line.tsx";
import { Section } from "../ui/page.tsx";
import { useTeam } from "./team.ts";

/** How to push to the component's own repository. */
export function PushHelp({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  const team = useTeam();
  if (!component.repositoryUrl) return null;
  return (
    <Section title={t("push.title")} about={t("push.about")}>
      <div className="stack">
        <CommandLine text={`git remote add pluvia ${component.repositoryUrl}\ngit push pluvia HEAD:main`} />
        <p className="muted small">
          {t("push.password")} <Link to={`/t/${team.id}/keys`}>{t("push.makeKey")}</Link>
        </p>
      </div>
    </Section>
  );
}
