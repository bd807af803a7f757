import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { queryClient } from "./api/query-client.ts";
import { sessionQuery } from "./api/session.ts";
import { Opening } from "./components/opening.tsx";
import { Shell } from "./components/shell.tsx";
import { lastTeam } from "./components/team.ts";
import { LoginPage } from "./pages/login.tsx";
import { Broken, NotFound } from "./pages/not-found.tsx";
import { SignupPage } from "./pages/signup.tsx";

/** Signed in or off to the sign-in page, which comes back here. */
async function requireSession({ request }: { readonly request: Request }) {
  const session = await queryClient.ensureQueryData(sessionQuery);
  const url = new URL(request.url);
  if (!session) throw redirect(`/login?next=${encodeURIComponent(url.pathname + url.search)}`);
  return session;
}

/** Who has never been in a team in this browser comes to sign up. */
async function home({ request }: { readonly request: Request }) {
  if (lastTeam() === null && !(await queryClient.ensureQueryData(sessionQuery))) throw redirect("/signup");
  const session = await requireSession({ request });
  const team = session.teams.find((t) => t.id === lastTeam()) ?? session.teams[0];
  return redirect(team ? `/t/${team.id}` : "/account");
}

const componentTabs: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("./pages/component/overview.tsx")).OverviewTab }) },
  { path: "logs", lazy: async () => ({ Component: (await import("./pages/component/logs.tsx")).LogsTab }) },
  { path: "terminal", lazy: async () => ({ Component: (await import("./pages/component/terminal.tsx")).TerminalTab }) },
  { path: "variables", lazy: async () => ({ Component: (await import("./pages/component/variables.tsx")).VariablesTab }) },
  { path: "ports", lazy: async () => ({ Component: (await import("./pages/component/ports.tsx")).PortsTab }) },
  { path: "storage", lazy: async () => ({ Component: (await import("./pages/component/storage.tsx")).StorageTab }) },
  {
    path: "containers",
    lazy: async () => ({ Component: (await import("./pages/component/containers.tsx")).ContainersTab }),
  },
  { path: "scaling", lazy: async () => ({ Component: (await import("./pages/component/scaling.tsx")).ScalingTab }) },
  {
    path: "dependencies",
    lazy: async () => ({ Component: (await import("./pages/component/dependencies.tsx")).DependenciesTab }),
  },
  { path: "releases", lazy: async () => ({ Component: (await import("./pages/component/releases.tsx")).ReleasesTab }) },
  { path: "operations", lazy: async () => ({ Component: (await import("./pages/component/operations.tsx")).OperationsTab }) },
  { path: "settings", lazy: async () => ({ Component: (await import("./pages/component/settings.tsx")).SettingsTab }) },
];

const applicationTabs: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("./pages/application/topology.tsx")).TopologyTab }) },
  { path: "table", lazy: async () => ({ Component: (await import("./pages/application/table.tsx")).TableTab }) },
  {
    path: "settings",
    lazy: async () => ({ Component: (await import("./pages/application/settings.tsx")).ApplicationSettingsTab }),
  },
];

const teamPages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("./pages/overview.tsx")).OverviewPage }) },
  { path: "new", lazy: async () => ({ Component: (await import("./pages/new/new.tsx")).NewPage }) },
  {
    path: "apps/:app",
    lazy: async () => ({ Component: (await import("./pages/application/layout.tsx")).ApplicationLayout }),
    children: applicationTabs,
  },
  {
    path: "apps/:app/c/:component",
    lazy: async () => ({ Component: (await import("./pages/component/layout.tsx")).ComponentLayout }),
    children: componentTabs,
  },
  { path: "members", lazy: async () => ({ Component: (await import("./pages/team/members.tsx")).MembersPage }) },
  { path: "keys", lazy: async () => ({ Component: (await import("./pages/team/keys.tsx")).KeysPage }) },
  { path: "usage", lazy: async () => ({ Component: (await import("./pages/team/usage.tsx")).UsagePage }) },
  { path: "settings", lazy: async () => ({ Component: (await import("./pages/team/settings.tsx")).TeamSettingsPage }) },
  { path: "audit", lazy: async () => ({ Component: (await import("./pages/team/audit.tsx")).AuditPage }) },
];

/** Pages that are not of one team; the rail shows the last one. */
const personPages: RouteObject[] = [
  { path: "/data-centers", lazy: async () => ({ Component: (await import("./pages/data-center/list.tsx")).DataCentersPage }) },
  {
    path: "/data-centers/:dataCenter",
    lazy: async () => ({ Component: (await import("./pages/data-center/view.tsx")).DataCenterPage }),
  },
  { path: "/account", lazy: async () => ({ Component: (await import("./pages/account.tsx")).AccountPage }) },
];

const routes: RouteObject[] = [
  {
    errorElement: <Broken />,
    hydrateFallbackElement: <Opening />,
    children: [
      { path: "/", loader: home },
      { path: "/login", element: <LoginPage /> },
      { path: "/signup", element: <SignupPage /> },
      {
        path: "/forgot-password",
        lazy: async () => ({ Component: (await import("./pages/password-reset.tsx")).ForgotPasswordPage }),
      },
      {
        path: "/reset-password",
        lazy: async () => ({ Component: (await import("./pages/password-reset.tsx")).ResetPasswordPage }),
      },
      { path: "/invite/:token", lazy: async () => ({ Component: (await import("./pages/invite.tsx")).InvitePage }) },
      {
        loader: requireSession,
        element: <Shell />,
        children: [
          {
            errorElement: <Broken />,
            children: [{ path: "/t/:team", children: [...teamPages, { path: "*", element: <NotFound /> }] }, ...personPages],
          },
        ],
      },
      { path: "*", element: <NotFound /> },
    ],
  },
];

export const router = createBrowserRouter(routes);
