import type { ReactNode } from "react";
import { VaultWheel } from "./art/VaultWheel";

/** Skip link and the bar with the name; what stands at its end is the caller's. */
export function Masthead({ children }: { children?: ReactNode }) {
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <header className="masthead">
        <div className="masthead-inner">
          <p className="brand">
            <VaultWheel />
            Strongroom
          </p>
          {children}
        </div>
      </header>
    </>
  );
}
