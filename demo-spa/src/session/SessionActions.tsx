import { useSession } from "strongroom/react";
import { PingResult } from "./PingResult";
import { RenewNow } from "./RenewNow";
import { usePing } from "./usePing";

export function SessionActions() {
  const { status } = useSession();
  const { send, ...ping } = usePing();
  return (
    <div className="session-actions">
      <div className="panel-actions">
        <button type="button" className="button button-quiet" data-testid="session-ping" onClick={send}>
          Send an API request now
        </button>
        {status === "authenticated" && <RenewNow />}
      </div>
      <PingResult {...ping} />
    </div>
  );
}
