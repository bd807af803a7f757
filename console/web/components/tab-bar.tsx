import { type ReactNode, useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";
import { useTitle } from "../ui/page.tsx";

interface Tab {
  readonly to: string;
  readonly label: string;
  /** It is the one at the layout's own address. */
  readonly isFirst: boolean;
}

/** Above the tab that one is on. `title`: of all of them; each has its own before it. */
export function TabBar({
  label,
  title,
  tabs,
  children,
}: {
  readonly label: string;
  readonly title: string;
  readonly tabs: readonly Tab[];
  readonly children: ReactNode;
}) {
  const { pathname } = useLocation();
  const here = tabs.find((tab) => !tab.isFirst && pathname.startsWith(tab.to));
  useTitle(here ? `${here.label} · ${title}` : title);
  const bar = useRef<HTMLElement>(null);
  // On a narrow screen the tab that one is on may be out of sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page has another tab
  useEffect(() => {
    // Its answer, a promise in newer browsers, must not become the effect's.
    void bar.current?.querySelector(".on")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [pathname]);
  // Another tab takes the keyboard: what stands above it was there before.
  const page = useRef<HTMLElement>(null);
  const at = useRef(pathname);
  useEffect(() => {
    if (at.current === pathname) return;
    at.current = pathname;
    page.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <>
      <nav className="tabs" ref={bar} aria-label={label}>
        {tabs.map((tab) => (
          <NavLink key={tab.to} to={tab.to} end={tab.isFirst} className={({ isActive }) => (isActive ? "on" : "")}>
            {tab.label}
          </NavLink>
        ))}
      </nav>
      <section className="tab-page" aria-label={(here ?? tabs[0])?.label} tabIndex={-1} ref={page}>
        {children}
      </section>
    </>
  );
}
