import { use } from "react";
import { config, type Mode } from "./config";

/** Everything that depends on where the vault runs. */
interface Words {
  /** The mode's name in the switch. */
  name: string;
  /** How the vault works, on the welcome page. */
  idea: string;
  callback: { title: string; text: string };
  /** What a page does while its session is being recovered. */
  recovery: string;
}

const ON_THE_APPS_ORIGIN: Words = {
  name: "on the app’s origin",
  idea: "Strongroom signs you in from a service worker and keeps the tokens there. This page sends ordinary requests, and the worker adds the token on the way to the API. A script injected into this page finds no token to steal.",
  callback: {
    title: "The worker handles the callback",
    text: "You return with a one-time code. The worker exchanges it for tokens before any page loads.",
  },
  recovery: "while the page goes to the authorization server and back",
};

const ON_ITS_OWN_ORIGIN: Words = {
  name: "on its own origin",
  idea: "Strongroom signs you in on an origin of its own and keeps the tokens there. This page sends ordinary requests, and a worker of that origin adds the token on the way to the API. A script injected into this page finds no token to steal, although the app’s host sends no security headers.",
  callback: {
    title: "The vault handles the callback",
    text: "You return to a page of the vault’s origin, with a one-time code. The vault exchanges it for tokens. The app never sees the code.",
  },
  recovery: "while the vault’s hidden frame asks the authorization server",
};

/** The mode that runs. */
export function useMode(): Words & { vault: string } {
  const { vault = location.origin } = use(known) ?? {};
  return { vault, ...(vault === location.origin ? ON_THE_APPS_ORIGIN : ON_ITS_OWN_ORIGIN) };
}

/** Says where the vault runs, and links to the same page in the other mode. */
export function ModeSwitch() {
  const mode = use(known);
  const here = useMode();
  if (!mode) return null;
  const modes = mode.other === undefined ? [here] : [ON_THE_APPS_ORIGIN, ON_ITS_OWN_ORIGIN];
  return (
    <nav className="mode" aria-label="Where the vault runs" data-testid="mode">
      <span>Vault</span>
      {modes.map(({ name }) =>
        name === here.name ? (
          <b key={name} aria-current="true" data-testid="mode-here">
            {name}
          </b>
        ) : (
          <a key={name} href={thisPageAt(mode.other ?? "")} data-testid="mode-other">
            {name}
          </a>
        ),
      )}
    </nav>
  );
}

/** Sets the path instead of resolving it: a path that begins with two slashes would name another host. */
function thisPageAt(origin: string): string {
  const url = new URL(origin);
  url.pathname = location.pathname;
  return url.href;
}

const known: Promise<Mode | null> = config().then(
  ({ mode }) => mode,
  // Ignore: other components report it.
  () => null,
);
