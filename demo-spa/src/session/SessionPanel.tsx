import { useSession } from "strongroom/react";
import { Panel } from "../Panel";
import { HowToWatch } from "./HowToWatch";
import { SessionActions } from "./SessionActions";
import { SessionFacts } from "./SessionFacts";
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
