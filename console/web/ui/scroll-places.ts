const storedAs = "pluvia.scroll";
/** A page that still grows is waited for so long. */
const growsMs = 10_000;

/** One place in this tab's history, by the router's key for it; where the tab has begun there is none. */
const entry = () => `${(window.history.state as { key?: string } | null)?.key ?? ""} ${window.location.pathname}`;

/**
 * Going back, and loading again, leads to where one was on the page. Browsers try that once, and give up where what a page shows is still on its way: here it is
 * tried whenever the page has grown, until it has done so for a while or the person moves it.
 */
export function keepScrollPlaces(): void {
  const places = JSON.parse(window.sessionStorage.getItem(storedAs) ?? "{}") as Record<string, number>;
  let wanted: number | undefined;
  let timer: number | undefined;
  const seek = () => wanted !== undefined && window.scrollY !== wanted && window.scrollTo(0, wanted);
  const growing = new ResizeObserver(seek);
  const rest = () => {
    growing.disconnect();
    window.clearTimeout(timer);
    wanted = undefined;
  };
  const comeBack = () => {
    rest();
    wanted = places[entry()];
    if (wanted === undefined) return;
    growing.observe(document.body);
    timer = window.setTimeout(rest, growsMs);
  };
  for (const moved of ["wheel", "touchstart", "pointerdown", "keydown"])
    window.addEventListener(moved, rest, { passive: true, capture: true });
  window.addEventListener("popstate", comeBack);
  window.addEventListener("scroll", () => wanted === undefined && Object.assign(places, { [entry()]: window.scrollY }), {
    passive: true,
  });
  window.addEventListener("pagehide", () => window.sessionStorage.setItem(storedAs, JSON.stringify(places)));
  const [loaded] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (loaded?.type === "reload" || loaded?.type === "back_forward") comeBack();
}
