import { Modal, type ModalProps } from "antd";
import { useEffect, useState } from "react";

/** The last that had the focus and was in no dialog: a dialog may take the place of another one. */
let outside: Element | null = null;

function openers(): readonly (Element | null)[] {
  const now = document.activeElement;
  if (!now?.closest('[role="dialog"]')) outside = now;
  return [now, outside];
}

/** A dialog that is there as long as it is open. antd gives the focus back only where a dialog is hidden; here it is gone. */
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
  return <Modal {...props} open />;
}
