import { useEffect, useRef } from "react";
import { useLocation, useNavigate } from "react-router";

/** The state of a navigation to what is only called otherwise: nothing is left behind by it. */
export const renamed = { renamed: true };

/** What the words of the URL lead to, or have led to since the page is open: it may be renamed meanwhile. */
export function useLedTo<Id extends string>(words: string, found: Id | null): Id | null {
  const led = useRef(new Map<string, Id>());
  if (found) led.current.set(words, found);
  return found ?? led.current.get(words) ?? null;
}

/** Keeps the URL that of what is shown: below `path`, with what follows. */
export function useCurrentPath(path: string): void {
  const { pathname, search, hash } = useLocation();
  const navigate = useNavigate();
  const parts = pathname.split("/");
  const depth = path.split("/").length;
  const now = [path, ...parts.slice(depth)].join("/");
  useEffect(() => {
    if (pathname !== now) void navigate({ pathname: now, search, hash }, { replace: true, state: renamed });
  }, [pathname, now, search, hash, navigate]);
}
