import { type ReactNode, useEffect, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Pluvia` : "Pluvia";
    for (const listener of listeners) listener();
  }, [title]);
}

/** The title of the page that one is on. */
export const useShownTitle = (): string => useSyncExternalStore(listen, () => document.title);

export function PageHead(props: {
  readonly title: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly plainTitle?: string;
}) {
  useTitle(props.plainTitle ?? (typeof props.title === "string" ? props.title : ""));
  return (
    <header className="page-head">
      <div className="page-head-words">
        <h1>{props.title}</h1>
        {props.about && <p className="muted">{props.about}</p>}
      </div>
      {props.actions && <div className="page-head-actions">{props.actions}</div>}
    </header>
  );
}

export function Section(props: {
  readonly title?: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly flush?: boolean;
  readonly id?: string;
}) {
  return (
    <section className="section" {...(props.id ? { id: props.id } : {})}>
      {props.title && (
        <div className="section-head">
          <div>
            <h2>{props.title}</h2>
            {props.about && <p className="muted">{props.about}</p>}
          </div>
          {props.actions && <div className="section-actions">{props.actions}</div>}
        </div>
      )}
      <div className={props.flush ? "card card-flush" : "card"}>{props.children}</div>
    </section>
  );
}

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map((fact) => (
        <div key={fact.label}>
          <dt>{fact.label}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
