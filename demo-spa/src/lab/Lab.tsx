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

/** Choose a way, sign in, inject, and watch: the same page in both apps. */
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
          <h1 className="desk-title">What can injected script carry away?</h1>
          <p>
            Choose how an app keeps its tokens, sign in, and inject a script, as an attacker would through a
            bug in the page. What it sends arrives at a server that stands in for the attacker’s, and that
            tries out at once what it got. The script is the same each time. All of it is on this machine.
          </p>
        </header>
        <div className="lab-column">
          <WayPicker way={way} onWay={choose} victim={victim} />
          <Payload
            ready={victim.signedIn === true && !injecting}
            onInject={start}
            why={
              victim.signedIn === true
                ? "The app then goes on with its work: it asks the API who is signed in."
                : "Sign in first: before that, there is nothing to steal."
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
