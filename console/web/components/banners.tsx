import { Button } from "antd";
import { LogIn, TriangleAlert, WifiOff } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { isStale, useConnection } from "../api/live.ts";
import { queryClient } from "../api/query-client.ts";
import { useSession } from "../api/session.ts";
import { signedOut } from "../api/signed-out.ts";

export const loadSignInAgain = () => import("./sign-in-again.tsx");
const SignInAgain = lazy(async () => ({ default: (await loadSignInAgain()).SignInAgain }));

function Banner({ icon, children }: { readonly icon: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="banner" role="status">
      {icon}
      {children}
    </div>
  );
}

const cache = queryClient.getQueryCache();
const anyStale = () => cache.findAll({ type: "active", predicate: isStale }).length > 0;
const useStale = () => useSyncExternalStore((changed) => cache.subscribe(changed), anyStale);

/** So long: most lost connections are back before anyone would read it. */
const quietMs = 6_000;
function useLasting(isSo: boolean): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!isSo) return setLasts(false);
    const timer = window.setTimeout(() => setLasts(true), quietMs);
    return () => window.clearTimeout(timer);
  }, [isSo]);
  return isSo && lasts;
}

/** One quiet line above the page: what is wrong between it and the platform. */
export function Banners() {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const out = useSyncExternalStore(signedOut.listen, signedOut.now);
  const isOpen = useConnection() === "open";
  const cut = useLasting(!isOpen);
  const stale = useStale() && isOpen;
  if (out === "asked" && user)
    return (
      <Suspense>
        <SignInAgain user={user} />
      </Suspense>
    );
  if (out === "put off")
    return (
      <Banner icon={<LogIn size={14} aria-hidden />}>
        {t("signedOut.banner")}
        <Button size="small" onClick={signedOut.ask}>
          {t("login.submit")}
        </Button>
      </Banner>
    );
  if (stale) return <Banner icon={<TriangleAlert size={14} aria-hidden />}>{t("live.stale")}</Banner>;
  if (cut) return <Banner icon={<WifiOff size={14} aria-hidden />}>{t("live.banner")}</Banner>;
  return null;
}
