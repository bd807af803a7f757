import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { queries } from "../api/queries.ts";
import type { Team } from "./team.ts";

interface Crumb {
  readonly word: string;
  readonly to: string;
}

const fixed = {
  new: "nav.new",
  members: "nav.members",
  settings: "nav.teamSettings",
  keys: "nav.keys",
  usage: "nav.usage",
  audit: "nav.audit",
  "data-centers": "nav.dataCenters",
  account: "nav.account",
} as const;

/** From the path: names of applications and components are in it, a data center's is looked up. */
function useCrumbs(team: Team): readonly Crumb[] {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isDataCenter = pathname.startsWith("/data-centers/");
  const dataCenters = useQuery({ ...queries.dataCenters(team.id), enabled: isDataCenter }).data;
  const parts = pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const home: Crumb = { word: team.name, to: `/t/${team.id}` };
  const rest = parts[0] === "t" ? parts.slice(2) : parts;
  const [first, second, , fourth] = rest;
  if (!first) return [home, { word: t("nav.applications"), to: home.to }];
  if (first === "apps" && second) {
    const app: Crumb = { word: second, to: `${home.to}/apps/${second}` };
    return fourth ? [home, app, { word: fourth, to: `${app.to}/c/${fourth}` }] : [home, app];
  }
  const word = first in fixed ? t(fixed[first as keyof typeof fixed]) : first;
  const place: Crumb = { word, to: parts[0] === "t" ? `${home.to}/${first}` : `/${first}` };
  const dataCenter = isDataCenter && dataCenters?.find((one) => one.id === second);
  return dataCenter ? [home, place, { word: dataCenter.name, to: pathname }] : [home, place];
}

export function Crumbs({ team }: { readonly team: Team }) {
  const { t } = useTranslation();
  const crumbs = useCrumbs(team);
  return (
    <nav aria-label={t("nav.crumbs")} className="crumbs">
      <ol>
        {crumbs.map((crumb, n) => (
          <li key={crumb.to + crumb.word}>
            {n > 0 && <ChevronRight size={14} aria-hidden />}
            <Link to={crumb.to} {...(n === crumbs.length - 1 ? { "aria-current": "page" as const } : {})}>
              {crumb.word}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
