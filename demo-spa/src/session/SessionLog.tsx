import {
  createContext,
  type ReactNode,
  type RefObject,
  useCallback,
  useContext,
  useEffect,
  useId,
  useMemo,
  useReducer,
  useRef,
} from "react";
import { useVault } from "strongroom/react";
import { Time } from "../Panel";
import { EMPTY_LOG, type LogEntry, record } from "./log";

interface SessionLogContext {
  entries: readonly LogEntry[];
  /** Set while this tab signs out, so that the log does not take it for another tab's doing. */
  signingOut: RefObject<boolean>;
}

/** Watches the session from the moment it is mounted, whatever of the page comes and goes meanwhile. */
export function SessionLogProvider({ children }: { children: ReactNode }) {
  const vault = useVault();
  const signingOut = useRef(false);
  const sighting = useCallback(
    () => ({ session: vault.session, at: Date.now(), signingOut: signingOut.current }),
    [vault],
  );
  const [{ entries }, see] = useReducer(record, EMPTY_LOG, (empty) => record(empty, sighting()));

  useEffect(() => {
    // By subscription and not by render: React may skip a state that lasts shorter than a render.
    const look = () => see(sighting());
    look(); // for what changed between the first render and now
    return vault.subscribe(look);
  }, [vault, sighting]);

  const value = useMemo(() => ({ entries, signingOut }), [entries]);
  return <Context value={value}>{children}</Context>;
}

export function useSessionLog(): SessionLogContext {
  const context = useContext(Context);
  if (!context) throw new Error("useSessionLog() needs a <SessionLogProvider> above it");
  return context;
}

const Context = createContext<SessionLogContext | null>(null);

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
