import { Modal, type ModalProps } from "antd";
import { useEffect, useRef, useState } from "react";

/** The last that had the focus and was in no dialog: a dialog may take the place of another one. */
let outside: Element | null = null;

function openers(): readonly (Element | null)[] {
  const now = document.activeElement;
  if (!now?.closest('[role="dialog"]')) outside = now;
  return [now, outside];
}

/** Whoever types at once types into its first field; over a drawer, antd's focus goes to its first button. */
function enter(panel: HTMLElement | null): void {
  const fields = [...(panel?.querySelectorAll<HTMLElement>("input:not([readonly]), textarea") ?? [])];
  if (!fields.includes(document.activeElement as HTMLElement)) fields[0]?.focus();
}

/** A dialog that is there as long as it is open: what is typed or shown in it does not go by a click beside it, which may be the second of a double click. antd gives the focus back only where a dialog is hidden; here it is gone. */
export function Dialog(props: Omit<ModalProps, "open">) {
  const [from] = useState(openers);
  useEffect(
    () => () => {
      // Once it is gone: until then it keeps the focus inside.
      window.setTimeout(() => {
        if (document.activeElement !== document.body) return;
        const opener = from.find((one) => one?.isConnected);
        if (opener instanceof HTMLElement) opener.focus();
      });
    },
    [from],
  );
  const panel = useRef<HTMLDivElement>(null);
  return (
    <Modal
      mask={{ closable: false }}
      {...props}
      panelRef={panel}
      afterOpenChange={(opened) => opened && enter(panel.current)}
      open
    />
  );
}
