import { Button } from "antd";
import { Boxes } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { Empty, Skeleton } from "../../ui/states.tsx";
import { useApplicationContext } from "./layout.tsx";

const Canvas = lazy(async () => ({ default: (await import("./canvas.tsx")).Canvas }));

export function TopologyTab() {
  const { t } = useTranslation();
  const team = useTeam();
  const reason = useRoleReason("developer");
  const { application, components } = useApplicationContext();
  if (components.length === 0)
    return (
      <div className="card">
        <Empty
          icon={<Boxes size={26} aria-hidden />}
          title={t("application.none")}
          action={
            <Link to={`/t/${team.id}/new?app=${application.name}`}>
              <Button type="primary" tabIndex={-1}>
                {t("action.new")}
              </Button>
            </Link>
          }
        >
          {t("application.noneAbout")}
        </Empty>
      </div>
    );
  return (
    <Suspense fallback={<Skeleton rows={1} height={420} />}>
      <Canvas application={application} components={components} reason={reason} />
    </Suspense>
  );
}
