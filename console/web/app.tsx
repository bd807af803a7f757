import { QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import { LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";
import { queryClient } from "./api/query-client.ts";
import { router } from "./router.tsx";
import { antdThemeOf, useThemeName } from "./ui/theme.ts";
import { Toasts } from "./ui/toast.tsx";

/** In a list that opens, which may have nothing but options. */
function NothingFound() {
  const { t } = useTranslation();
  return (
    <div role="option" tabIndex={-1} aria-selected={false} aria-disabled className="muted">
      {t("table.none")}
    </div>
  );
}

export function App() {
  const theme = useThemeName();
  const { t, i18n } = useTranslation();
  // What antd says to screen readers by itself.
  const words = { show: t("action.show"), hide: t("action.hide"), close: t("action.close") };
  return (
    <ConfigProvider
      locale={{ locale: i18n.language, global: words }}
      theme={antdThemeOf(theme)}
      wave={{ disabled: true }}
      // antd's own comes and goes by a transition that may never end: the button would be called "loading" for ever.
      button={{ autoInsertSpace: false, loadingIcon: <LoaderCircle size={14} className="spin" aria-hidden /> }}
      renderEmpty={() => <NothingFound />}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </ConfigProvider>
  );
}
