import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

export interface MenuItem {
  readonly key: string;
  readonly label: ReactNode;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  /** Why it cannot be chosen now. */
  readonly reason?: string | null;
  /** A line above it. */
  readonly apart?: boolean;
  readonly run: () => void;
}

interface Props {
  readonly items: readonly MenuItem[];
  readonly label: string;
  /** The button has no words of its own: the label names it. */
  readonly iconOnly?: boolean;
  readonly className?: string;
  readonly placement?: "below-start" | "below-end" | "above-start";
  readonly children: ReactNode;
}

const itemsOf = (list: HTMLElement | null) => Array.from(list?.querySelectorAll<HTMLButtonElement>("[role=menuitem]") ?? []);

/** A button with a menu: arrow keys, Home, End, Escape, and focus back to the button. Small, as every page has one. */
export function Menu({ items, label, iconOnly = false, className, placement = "below-start", children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    itemsOf(list.current)[0]?.focus();
    const pressedElsewhere = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", pressedElsewhere);
    return () => document.removeEventListener("pointerdown", pressedElsewhere);
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    const all = itemsOf(list.current);
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to: Record<string, number> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    const next = to[event.key];
    if (next !== undefined) all[next]?.focus();
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="menu-box" ref={box}>
      <button
        ref={button}
        type="button"
        className={className}
        {...(iconOnly ? { "aria-label": label } : {})}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <div
          ref={list}
          id={id}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          className={`menu menu-${placement}`}
          onKeyDown={pressed}
        >
          {items.map((item) => (
            <button
              key={item.key}
              type="button"
              role="menuitem"
              tabIndex={-1}
              aria-disabled={Boolean(item.reason)}
              className={`menu-item${item.danger ? " danger" : ""}${item.apart ? " apart" : ""}`}
              onClick={() => {
                if (item.reason) return;
                close();
                item.run();
              }}
            >
              {item.icon && <span className="menu-icon">{item.icon}</span>}
              <span className="menu-words">
                {item.label}
                {item.reason && <small>{item.reason}</small>}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
