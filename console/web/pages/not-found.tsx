import { Button } from "antd";
import { Compass } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { unreachableError } from "../../../shared/client/api-error.ts";
import { useConnection } from "../api/live.ts";
import { useTitle } from "../ui/page.tsx";
import { Empty, ErrorPanel } from "../ui/states.tsx";

export function NotFound() {
  const { t } = useTranslation();
  useTitle(t("notFound.title"));
  return (
    <div className="page">
      <Empty
        icon={<Compass size={28} aria-hidden />}
        title={t("notFound.title")}
        action={
          <Link to="/">
            <Button type="primary">{t("notFound.home")}</Button>
          </Link>
        }
      >
        {t("notFound.why")}
      </Empty>
    </div>
  );
}

/** As browsers say it: Chromium, Firefox, Safari; the last is Vite's. */
const unloaded = /dynamically imported module|Importing a module script failed|Unable to preload CSS/;
const isUnloaded = (error: unknown) => error instanceof Error && unloaded.test(error.message);

/** Once the platform is there again, so is the page. */
function useReloadWhenBack(wanted: boolean): void {
  const isOpen = useConnection() === "open";
  const [wasCut, setWasCut] = useState(false);
  useEffect(() => {
    if (!isOpen) setWasCut(true);
    else if (wanted && wasCut) window.location.reload();
  }, [wanted, isOpen, wasCut]);
}

/** A page threw, or could not be loaded: after an upgrade its file may have a new name, so reloading often helps. */
export function Broken() {
  const thrown = useRouteError();
  useReloadWhenBack(isUnloaded(thrown));
  const error = isUnloaded(thrown) ? unreachableError("this address", thrown) : thrown;
  return (
    <div className="page">
      <ErrorPanel error={error} retry={() => window.location.reload()} />
    </div>
  );
}
