import { CopyButton } from "./copy-button.tsx";

/** Commands to paste into a shell. */
export function CommandLine({ text }: { readonly text: string }) {
  return (
    <div className="command-line">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
