import { useEffect, useState } from "react";
import { Panel } from "../Panel";
import { useAttempt } from "../problems/useAttempt";
import { PAYLOAD } from "./inject";

interface PayloadProps {
  /** The button can be pressed. */
  ready: boolean;
  /** What the button waits for, or what comes after it. */
  why: string;
  onInject(): void;
}

/** The script that is injected, in full, and the button that does it. */
export function Payload({ ready, why, onInject }: PayloadProps) {
  const [text, setText] = useState("");
  const attempt = useAttempt("lab-payload");

  useEffect(() => {
    attempt("show the payload", async () => {
      const response = await fetch(PAYLOAD);
      if (!response.ok) throw new Error(`${PAYLOAD} answered ${response.status}`);
      setText(await response.text());
    });
  }, [attempt]);

  return (
    <Panel
      title="2. Inject"
      lead="The script reads every storage, and replaces fetch to catch what is in none."
      className="payload"
    >
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
      <p className="aside">
        Only this page’s policy allows connections to the attacker’s server. A stricter policy makes this
        harder, but does not prevent it: a script can also send data by navigating to a link.
      </p>
    </Panel>
  );
}
