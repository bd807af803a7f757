import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigationType } from "react-router";
import { useShownTitle } from "../ui/page.tsx";

/** A page that takes the keyboard into a field or a tab of its own keeps it. */
const isTaken = () => document.activeElement?.matches("main :is(input, textarea, .tab-page)") === true;

/** A link that was followed, or going back, leaves the keyboard at the page it leads to, whose title is heard. The browser itself does both for the first page. */
export function Arrival() {
  const { pathname } = useLocation();
  const isFirst = useNavigationType() === "POP";
  const at = useRef(isFirst ? pathname : null);
  const [hasArrived, setArrived] = useState(!isFirst);
  const title = useShownTitle();
  useEffect(() => {
    if (at.current === pathname) return;
    at.current = pathname;
    setArrived(true);
    if (!isTaken()) document.getElementById("main")?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <p className="sr-only" aria-live="polite">
      {hasArrived && title}
    </p>
  );
}
