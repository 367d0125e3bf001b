import { useEffect, useState } from "react";
import { useSession } from "strongroom/react";
import { Facts, Panel, Time } from "../Panel";
import { HowToWatch } from "./HowToWatch";
import { SessionActions } from "./SessionActions";
import { SessionLog } from "./SessionLog";

export function SessionPanel() {
  const { status } = useSession();
  return (
    <Panel
      title="Session"
      className="session-panel"
      lead={
        status === "anonymous"
          ? "You are signed out. The log shows what happened in this tab."
          : "The worker holds the session in its memory. Signing out here signs out all tabs of this site."
      }
    >
      <div className="session-columns">
        <div className="session-now">
          <SessionFacts />
          {status !== "anonymous" && <SessionActions />}
        </div>
        <SessionLog />
      </div>
      {status !== "anonymous" && <HowToWatch />}
    </Panel>
  );
}

/** What a page knows about the session, except the user. */
function SessionFacts() {
  const { status, expiresAt, renewsAt, worker } = useSession();
  return (
    <Facts>
      <Facts.Row name="Status">{status}</Facts.Row>
      {expiresAt !== null && (
        <>
          <Facts.Row name="Time left">
            <Countdown until={expiresAt} />
          </Facts.Row>
          <Facts.Row name="Expires">
            <Time at={expiresAt} precision="second" />
          </Facts.Row>
        </>
      )}
      {renewsAt !== null && (
        <Facts.Row name="Next renewal" testId="session-renews-at">
          <NextRenewal from={renewsAt} />
        </Facts.Row>
      )}
      {worker && (
        <>
          <Facts.Row
            name="Worker"
            testId="session-worker-started"
            note="The browser may stop it at any time. The next request starts it again."
          >
            running since <Time at={worker.startedAt} precision="clock" />
          </Facts.Row>
          <Facts.Row
            name="Keepers"
            testId="session-keepers"
            note="Other workers that hold a copy of the session."
          >
            {worker.keepers}
          </Facts.Row>
        </>
      )}
    </Facts>
  );
}

/** The time left until `until` (milliseconds since the epoch). A timer role is not read out every second. */
function Countdown({ until }: { until: number }) {
  const left = until - useNow();
  return <span role="timer">{left > 0 ? inWords(left) : "expired"}</span>;
}

function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${seconds} s`;
}

/** Renewal is lazy: only a request after this time renews the token. */
function NextRenewal({ from }: { from: number }) {
  if (useNow() >= from) return "due with the next request";
  return (
    <>
      with the first request after <Time at={from} precision="clock" />
    </>
  );
}

/** The time in milliseconds, fresh every second. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
