import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./styles/index.css";

const root = document.getElementById("root");
if (!root) throw new Error('index.html has no element with id "root"');

/** The lab has its own policy, so links to it load a new document. */
const LabApp = lazy(() => import("./lab/LabApp"));
const isLab = /^\/lab(\/|$)/.test(location.pathname);

createRoot(root).render(
  <StrictMode>
    {/* Every page waits for /config.json, which says in which mode it is. */}
    <Suspense>{isLab ? <LabApp /> : <App />}</Suspense>
  </StrictMode>,
);
