import { useState } from "react";
import { useSession, useVault } from "strongroom/react";
import { whoAmI } from "../api";
import { useAttempt } from "../problems/Problems";

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

function RenewNow() {
  const vault = useVault();
  const [renewing, setRenewing] = useState(false);
  const attempt = useAttempt("renew");

  const renew = async () => {
    if (renewing) return;
    setRenewing(true);
    await attempt("renew the session", async () => {
      await vault.refresh();
    });
    setRenewing(false);
  };

  return (
    <button
      type="button"
      className="button button-quiet"
      data-testid="session-renew"
      aria-busy={renewing}
      onClick={renew}
    >
      {renewing ? "Renewing…" : "Renew now"}
    </button>
  );
}

/** An `output` element, so that screen readers announce it. */
function PingResult({ waiting, last, previous }: Omit<Ping, "send">) {
  return (
    <output className="ping-result" data-testid="session-ping-result" aria-busy={waiting}>
      {waiting && "Waiting for the response…"}
      {!waiting && last && (
        <>
          The API responded in <strong>{last.took} ms</strong>. The token’s <code>jti</code> ends in{" "}
          <code>{last.jtiTail}</code>.{previous && ` The previous request took ${previous.took} ms.`}
        </>
      )}
    </output>
  );
}

interface Ping {
  /** A request is on its way, or waits in the worker for a token. */
  waiting: boolean;
  last: Answer | null;
  /** The one before, to compare with. */
  previous: Answer | null;
  send(): Promise<void>;
}

interface Answer {
  /** From sending the request to having read its answer, in milliseconds. */
  took: number;
  /** The end of the `jti` of the token that the API found on it. */
  jtiTail: string;
}

/** One API request at a time, and how long it took. */
function usePing(): Ping {
  const [waiting, setWaiting] = useState(false);
  const [answers, setAnswers] = useState<Answer[]>([]);
  const attempt = useAttempt("ping");
  const [last = null, previous = null] = answers;

  const send = async () => {
    if (waiting) return;
    setWaiting(true);
    const sent = performance.now();
    await attempt("send the API request", async () => {
      const { jtiTail } = await whoAmI();
      const answer = { took: Math.round(performance.now() - sent), jtiTail };
      setAnswers(([before]) => (before ? [answer, before] : [answer]));
    });
    setWaiting(false);
  };

  return { waiting, last, previous, send };
}
