import type { Ping } from "./usePing";

/** An `output` element: what comes up in it is read out. */
export function PingResult({ waiting, last, previous }: Omit<Ping, "send">) {
  return (
    <output className="ping-result" data-testid="session-ping-result" aria-busy={waiting}>
      {waiting && "Waiting for the answer…"}
      {!waiting && last && (
        <>
          Answered in <strong>{last.took} ms</strong>, with the token whose <code>jti</code> ends in{" "}
          <code>{last.jtiTail}</code>.{previous && ` The request before it took ${previous.took} ms.`}
        </>
      )}
    </output>
  );
}
