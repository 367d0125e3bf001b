import { useId } from "react";
import { Time } from "../Time";
import { useSessionLog } from "./SessionLogProvider";

/** The session events that this tab has seen, newest first. */
export function SessionLog() {
  const { entries } = useSessionLog();
  const heading = useId();
  return (
    <div className="session-log">
      <h3 id={heading}>Session events in this tab</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must be able to scroll it */}
      <div role="log" aria-live="polite" aria-labelledby={heading} tabIndex={0} data-testid="session-log">
        <ol>
          {entries.map(({ id, at, sentence }) => (
            <li key={id} data-testid="session-log-entry">
              <Time at={at} precision="clock" />
              <span>{sentence}</span>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
