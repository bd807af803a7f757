import { Button } from "antd";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useOutletContext, useParams } from "react-router";
import type { Application, Component } from "../../../../shared/contract/component.ts";
import { appPath, componentsOf, named, useApplications, useComponents } from "../../components/lookup.ts";
import { useTeam } from "../../components/team.ts";
import { PageHead } from "../../ui/page.tsx";
import { ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { NotFound } from "../not-found.tsx";

interface Context {
  readonly application: Application;
  readonly components: readonly Component[];
}
export const useApplicationContext = (): Context => useOutletContext<Context>();

function Loaded({ application, components }: Context) {
  const { t } = useTranslation();
  const team = useTeam();
  const base = appPath(team.id, application);
  const tab = (to: string, word: "application.topology" | "application.table" | "tab.settings", end = false) => (
    <NavLink to={to} end={end} className={({ isActive }) => (isActive ? "on" : "")}>
      {t(word)}
    </NavLink>
  );
  return (
    <div className="page page-wide">
      <PageHead
        title={application.name}
        about={application.description || undefined}
        actions={
          <Link to={`/t/${team.id}/new?app=${application.name}`}>
            <Button type="primary" icon={<Plus size={16} aria-hidden />} tabIndex={-1}>
              {t("action.new")}
            </Button>
          </Link>
        }
      />
      <nav className="tabs" aria-label={t("application.tabs")}>
        {tab(base, "application.topology", true)}
        {tab(`${base}/table`, "application.table")}
        {tab(`${base}/settings`, "tab.settings")}
      </nav>
      {application.removing && <Note level="warning" title={t("application.removing")} />}
      <Outlet context={{ application, components } satisfies Context} />
    </div>
  );
}

export function ApplicationLayout() {
  const params = useParams();
  const applications = useApplications();
  const components = useComponents();
  const error = applications.error ?? components.error;
  if (error)
    return (
      <div className="page">
        <ErrorPanel error={error} retry={() => void Promise.all([applications.refetch(), components.refetch()])} />
      </div>
    );
  if (!applications.data || !components.data)
    return (
      <div className="page page-wide">
        <Skeleton rows={1} height={40} />
        <br />
        <Skeleton rows={1} height={420} />
      </div>
    );
  const application = named(applications.data, params.app);
  return application ? (
    <Loaded application={application} components={componentsOf(components.data, application)} />
  ) : (
    <NotFound />
  );
}
