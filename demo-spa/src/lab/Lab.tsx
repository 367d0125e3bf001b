import { useEffect, useRef, useState } from "react";
import type { LabSites } from "../../servers/lab/sites.ts";
import { apiBase } from "../config";
import { Masthead } from "../Masthead";
import { Panel } from "../Panel";
import { ProblemRegion, useAttempt } from "../problems/Problems";
import { Arrived } from "./Arrived";
import { homeOf, INJECTIONS, type Victim, WAYS, type Way, type WayId } from "./ways";

interface LabProps {
  sites: LabSites;
  way: WayId;
  onWay(way: WayId): void;
  victim: Victim;
}

/** The page of both apps: choose where tokens are stored, sign in, inject. */
export function Lab({ sites, way: id, onWay, victim }: LabProps) {
  const way = WAYS.find((each) => each.id === id) ?? WAYS[0];
  /** The ID of the last injection at the attacker's server. */
  const [run, setRun] = useState<string | null>(null);
  const [injecting, setInjecting] = useState(false);
  const attempt = useAttempt("lab");
  const arrived = useRef<HTMLDivElement>(null);
  if (!way) return null;

  const choose = (next: WayId) => {
    history.replaceState(null, "", `/lab?way=${next}`);
    setRun(null);
    onWay(next);
  };

  const start = async () => {
    setInjecting(true);
    await attempt("inject the payload", async () => {
      const next = crypto.randomUUID();
      setRun(next);
      arrived.current?.scrollIntoView({ block: "nearest" });
      await inject(`${sites.attacker}/runs/${next}`);
    });
    setInjecting(false);
  };

  return (
    <>
      <LabMasthead home={demoOf(sites)} />
      <ProblemRegion />
      <main id="content" tabIndex={-1} className="desk lab">
        <header className="lab-words">
          <h1 className="desk-title">What can an injected script steal?</h1>
          <p>
            Choose how an app stores its tokens, sign in, and inject a script, as an attacker would through a
            bug in the page. The script sends what it finds to an attacker’s server, which tries it out at
            once. The script is the same each time, and everything runs on this machine.
          </p>
        </header>
        <div className="lab-column">
          <WayPicker
            ways={WAYS.filter(({ id }) => sites[homeOf(id)])}
            way={way}
            onWay={choose}
            victim={victim}
          />
          <Payload
            {...INJECTIONS[homeOf(id)]}
            ready={victim.signedIn === true && !injecting}
            onInject={start}
            why={
              victim.signedIn === true
                ? "The script ends with a click on “Who am I?”."
                : "Sign in first: without a session there is nothing to steal."
            }
          />
        </div>
        <div ref={arrived} className="arrived-place">
          <Arrived server={sites.attacker} run={run} way={way} />
        </div>
      </main>
    </>
  );
}

/** The demo of this app; the app that keeps tokens itself has none of its own. */
function demoOf(sites: LabSites): string {
  const isNaive = location.origin === new URL(sites.naive).origin;
  return isNaive ? new URL("/", sites.vault ?? sites["vault-origin"]).href : "/";
}

/** The lab's bar, with the way back. */
export function LabMasthead({ home }: { home: string }) {
  return (
    <Masthead>
      <a className="masthead-link" href={home} data-testid="lab-back">
        Back to the demo
      </a>
    </Masthead>
  );
}

interface WayPickerProps {
  ways: readonly Way[];
  way: Way;
  onWay(way: WayId): void;
  victim: Victim;
}

/** The ways as radio buttons, and the session of the one that is chosen. */
function WayPicker({ ways, way, onWay, victim }: WayPickerProps) {
  return (
    <Panel
      title="1. Where does the app store its tokens?"
      lead="Each choice needs a new sign-in and deletes the tokens of the one before."
    >
      <fieldset className="ways">
        <legend className="visually-hidden">Token storage</legend>
        {ways.map(({ id, name, keeps }) => (
          <label key={id} className="way">
            <input
              type="radio"
              name="way"
              value={id}
              checked={id === way.id}
              onChange={() => onWay(id)}
              data-testid={`lab-way-${id}`}
            />
            <span className="way-name">{name}</span>
            <span className="way-keeps">{keeps}</span>
          </label>
        ))}
      </fieldset>
      <Session key={way.id} victim={victim} />
    </Panel>
  );
}

/** As in each victim of the attack lab, the button is `call` and the API's response is in the page's only `output`. */
function Session({ victim: { signedIn, user, signIn, signOut, fetch } }: { victim: Victim }) {
  const attempt = useAttempt("lab");
  const [answer, setAnswer] = useState("");
  const call = async () => {
    setAnswer("");
    const response = await fetch(new URL("me", await apiBase()));
    setAnswer(`${response.status} ${await response.text()}`);
  };
  return (
    <div className="lab-session" aria-live="polite">
      {signedIn === null && <p>Checking who is signed in…</p>}
      {signedIn === false && (
        <button
          type="button"
          className="button button-brass"
          data-testid="lab-sign-in"
          onClick={() => attempt("sign in", signIn)}
        >
          Sign in
        </button>
      )}
      {signedIn && (
        <>
          <p data-testid="lab-signed-in">
            Signed in as <strong>{user}</strong>.
          </p>
          <button
            type="button"
            className="button button-quiet"
            id="call"
            onClick={() => attempt("call the API", call)}
          >
            Who am I?
          </button>
          <button
            type="button"
            className="button button-quiet"
            data-testid="lab-sign-out"
            onClick={() => attempt("sign out", signOut)}
          >
            Sign out
          </button>
          <output className="lab-answer">{answer}</output>
        </>
      )}
    </div>
  );
}

interface PayloadProps {
  /** What the script does. */
  script: string;
  /** What the app's policy allows it. */
  policy: string;
  /** The button can be pressed. */
  ready: boolean;
  /** What the button waits for, or the next step. */
  why: string;
  onInject(): void;
}

/** The script that is injected, in full, and the button that does it. */
function Payload({ script, policy, ready, why, onInject }: PayloadProps) {
  const [text, setText] = useState("");
  const attempt = useAttempt("lab-payload");

  useEffect(() => {
    attempt("show the payload", async () => {
      const response = await fetch(PAYLOAD);
      if (!response.ok) throw new Error(`${PAYLOAD}: ${response.status}`);
      setText(await response.text());
    });
  }, [attempt]);

  return (
    <Panel title="2. Inject" lead={script} className="payload">
      <div className="lab-session">
        <button
          type="button"
          className="button button-alarm"
          data-testid="lab-inject"
          disabled={!ready}
          onClick={onInject}
        >
          Inject
        </button>
        <p className="aside">{why}</p>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section className="payload-text" aria-label={`${PAYLOAD}, in full`} tabIndex={0}>
        <pre>{text}</pre>
      </section>
      <p className="aside">{policy}</p>
    </Panel>
  );
}

/**
 * Runs the payload in this page, to its end. It reports to `server`. It is a module of this origin, so `script-src` and Trusted Types allow
 * it, as they would a package that contains malware: no policy stops that kind of injection.
 */
async function inject(server: string): Promise<void> {
  await import(/* @vite-ignore */ `${PAYLOAD}?${new URLSearchParams({ to: server })}`);
}

const PAYLOAD = "/lab-payload.js";
