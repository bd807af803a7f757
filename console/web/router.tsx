import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { queryClient } from "./api/query-client.ts";
import { sessionQuery } from "./api/session.ts";
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

async function home({ request }: { readonly request: Request }) {
  const session = await requireSession({ request });
  const team = session.teams.find((t) => t.id === lastTeam()) ?? session.teams[0];
  return redirect(team ? `/t/${team.id}` : "/account");
}

const teamPages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("./pages/overview.tsx")).OverviewPage }) },
];

const routes: RouteObject[] = [
  {
    errorElement: <Broken />,
    hydrateFallbackElement: <div />,
    children: [
      { path: "/", loader: home },
      { path: "/login", element: <LoginPage /> },
      { path: "/signup", element: <SignupPage /> },
      { path: "/invite/:token", lazy: async () => ({ Component: (await import("./pages/invite.tsx")).InvitePage }) },
      {
        id: "team",
        path: "/t/:team",
        loader: requireSession,
        element: <Shell />,
        children: [{ errorElement: <Broken />, children: [...teamPages, { path: "*", element: <NotFound /> }] }],
      },
      { path: "*", element: <NotFound /> },
    ],
  },
];

export const router = createBrowserRouter(routes);
