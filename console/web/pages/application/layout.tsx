import { Button } from "antd";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useOutletContext, useParams } from "react-router";
import type { Application, Component } from "../../../../shared/contract/component.ts";
import { appPath, componentsOf, named } from "../../components/lookup.ts";
import { TabBar } from "../../components/tab-bar.tsx";
import { useTeam } from "../../components/team.ts";
import { useCurrentPath, useLedTo } from "../../components/use-renamed.ts";
import { WithParts } from "../../components/with-parts.tsx";
import { PageHead } from "../../ui/page.tsx";
import { Note } from "../../ui/states.tsx";
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
  useCurrentPath(base);
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
      <TabBar
        label={t("application.tabs")}
        title={application.name}
        tabs={[
          { to: base, label: t("application.topology"), isFirst: true },
          { to: `${base}/table`, label: t("application.table"), isFirst: false },
          { to: `${base}/settings`, label: t("tab.settings"), isFirst: false },
        ]}
      >
        {application.removing && <Note level="warning" title={t("application.removing")} />}
        <Outlet context={{ application, components } satisfies Context} />
      </TabBar>
    </div>
  );
}

function Found({
  applications,
  components,
}: {
  readonly applications: readonly Application[];
  readonly components: readonly Component[];
}) {
  const { app = "" } = useParams();
  const id = useLedTo(app, named(applications, app)?.id ?? null);
  const application = applications.find((a) => a.id === id);
  return application ? <Loaded application={application} components={componentsOf(components, application)} /> : <NotFound />;
}

export function ApplicationLayout() {
  return (
    <WithParts wide>{(applications, components) => <Found applications={applications} components={components} />}</WithParts>
  );
}
