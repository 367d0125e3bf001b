import type { ReactNode } from "react";
import { ModeSwitch } from "./mode";

/** Skip link, and the bar with the name and the mode. The caller provides its end. */
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
          <ModeSwitch />
          {children}
        </div>
      </header>
    </>
  );
}

/** The mark: a vault door's wheel. It turns with the session's status (`masthead.css`). */
function VaultWheel() {
  return (
    <svg className="vault-wheel" viewBox="0 0 32 32" aria-hidden="true">
      <circle className="vault-wheel-rim" cx="16" cy="16" r="14.5" />
      <g className="vault-wheel-spokes">
        <path d="M16 16V6.5M16 16l8.2 4.75M16 16l-8.2 4.75" />
        <circle className="vault-wheel-hub" cx="16" cy="16" r="3.6" />
      </g>
    </svg>
  );
}
