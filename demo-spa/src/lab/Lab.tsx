import { useRef, useState } from "react";
import type { LabSites } from "../../servers/lab/sites.ts";
import { ProblemRegion } from "../problems/ProblemRegion";
import { useAttempt } from "../problems/useAttempt";
import { Arrived } from "./Arrived";
import { inject } from "./inject";
import { LabMasthead } from "./LabMasthead";
import { Payload } from "./Payload";
import type { Victim } from "./victim";
import { WayPicker } from "./WayPicker";
import { WAYS, type WayId } from "./ways";

interface LabProps {
  sites: LabSites;
  way: WayId;
  onWay(way: WayId): void;
  victim: Victim;
}

/** The page of both apps: choose where tokens are stored, sign in, inject. */
export function Lab({ sites, way: id, onWay, victim }: LabProps) {
  const way = WAYS.find((each) => each.id === id) ?? WAYS[0];
  /** The last injection, by the name under which the attacker's server keeps what it brings. */
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
      const payload = await inject(`${sites.attacker}/runs/${next}`);
      await victim.work();
      await payload.everythingArrived();
    });
    setInjecting(false);
  };

  return (
    <>
      <LabMasthead home={new URL("/", sites.vault).href} />
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
          <WayPicker way={way} onWay={choose} victim={victim} />
          <Payload
            ready={victim.signedIn === true && !injecting}
            onInject={start}
            why={
              victim.signedIn === true
                ? "Then the app continues: it asks the API who is signed in."
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
