import { useCallback, useEffect, useState } from "react";
import { useSession } from "strongroom/react";
import { type Me, whoAmI } from "./api";
import { Facts, Panel, Time } from "./Panel";
import { useAttempt } from "./problems/Problems";

/** The claims of the ID token that the worker's configuration lets a page see. */
export function WhoAmI() {
  const { user } = useSession();
  return (
    <Panel
      title="Who am I"
      lead="The ID-token claims that the worker passes to this page. The ID token stays in the worker."
    >
      <div data-testid="claims">
        <Facts>
          {Object.entries(user ?? {}).map(([claim, value]) => (
            <Facts.Row key={claim} name={<code>{claim}</code>} testId={`claim-${claim}`}>
              {inWords(value)}
            </Facts.Row>
          ))}
        </Facts>
      </div>
    </Panel>
  );
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(", ") || "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What the API received with a request that left this page without an `Authorization` header. */
export function ApiSaw() {
  const [me, setMe] = useState<Me | null>(null);
  const [asking, setAsking] = useState(false);
  const attempt = useAttempt("api-saw");

  const ask = useCallback(async () => {
    setAsking(true);
    await attempt("load what the API received", async () => setMe(await whoAmI()));
    setAsking(false);
  }, [attempt]);

  useEffect(() => {
    ask();
  }, [ask]);

  return (
    <Panel
      title="What the API received"
      lead={
        <>
          This page sent <code>GET /me</code> without an <code>Authorization</code> header. The API received:
        </>
      }
    >
      <div data-testid="api-saw" aria-busy={asking}>
        {me ? <Arrived me={me} /> : <p className="empty">{asking ? "Loading…" : "No response yet."}</p>}
      </div>
      <div className="panel-actions">
        <button type="button" className="button button-quiet" onClick={ask}>
          Send again
        </button>
      </div>
    </Panel>
  );
}

function Arrived({ me }: { me: Me }) {
  return (
    <Facts>
      <Facts.Row name="Scheme" testId="api-saw-scheme">
        {me.scheme}
      </Facts.Row>
      <Facts.Row name={<code>token_use</code>}>{me.tokenUse}</Facts.Row>
      <Facts.Row
        name={
          <>
            <code>jti</code> ends in
          </>
        }
        testId="api-saw-jti"
      >
        {me.jtiTail}
      </Facts.Row>
      <Facts.Row name={<code>sub</code>}>{me.sub}</Facts.Row>
      <Facts.Row name={<code>username</code>}>{me.username}</Facts.Row>
      <Facts.Row name={<code>scope</code>}>{me.scope || "none"}</Facts.Row>
      <Facts.Row name={<code>cognito:groups</code>}>{me.groups.join(", ") || "none"}</Facts.Row>
      <Facts.Row name="Received">
        <Time at={me.receivedAt} precision="second" />
      </Facts.Row>
    </Facts>
  );
}
