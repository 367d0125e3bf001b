import { useSession } from "strongroom/react";
import { Facts } from "../Facts";
import { Time } from "../Time";
import { Countdown } from "./Countdown";
import { NextRenewal } from "./NextRenewal";

/** What a page knows about the session, except the user. */
export function SessionFacts() {
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
