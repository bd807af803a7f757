import { QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import { RouterProvider } from "react-router";
import { queryClient } from "./api/query-client.ts";
import { router } from "./router.tsx";
import { antdThemeOf, useThemeName } from "./ui/theme.ts";
import { Toasts } from "./ui/toast.tsx";

export function App() {
  const theme = useThemeName();
  return (
    <ConfigProvider theme={antdThemeOf(theme)} wave={{ disabled: true }} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </ConfigProvider>
  );
}
