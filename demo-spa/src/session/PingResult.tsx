import type { Ping } from "./usePing";

/** An `output` element, so that screen readers announce it. */
export function PingResult({ waiting, last, previous }: Omit<Ping, "send">) {
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
