import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./ui/global.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startI18n } from "./i18n/i18n.ts";
import { nameLists } from "./ui/list-names.ts";
import { keepScrollPlaces } from "./ui/scroll-places.ts";
import { installTokens } from "./ui/theme.ts";

installTokens();
nameLists();
keepScrollPlaces();
await startI18n();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
