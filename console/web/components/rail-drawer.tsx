import { Drawer } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { Logo } from "./logo.tsx";

/** The rail of narrow screens. */
export function RailDrawer({ close, children }: { readonly close: () => void; readonly children: ReactNode }) {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(true), []);
  return (
    <Drawer open={open} onClose={close} placement="left" size={280} title={<Logo />} classNames={{ body: "rail rail-drawer" }}>
      {children}
    </Drawer>
  );
}
