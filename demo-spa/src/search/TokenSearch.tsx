import { Panel } from "../Panel";
import { FindingsTable } from "./FindingsTable";
import { useTokenSearch } from "./useTokenSearch";
import { Verdict } from "./Verdict";

/** Searches for tokens wherever an injected script could. */
export function TokenSearch() {
  const { findings, withDecoy, run, runWithDecoy } = useTokenSearch();
  return (
    <Panel
      title="Where are the tokens?"
      className="token-search"
      lead="This page searches itself for anything shaped like a JWT, as an injected script would."
    >
      <div aria-live="polite">
        {findings ? (
          <Verdict findings={findings} withDecoy={withDecoy} />
        ) : (
          <p className="empty">Searching…</p>
        )}
      </div>
      {findings && <FindingsTable findings={findings} />}
      <div className="panel-actions">
        <button type="button" className="button button-quiet" onClick={run}>
          Search again
        </button>
        <button type="button" className="button button-quiet" onClick={runWithDecoy}>
          Search with a decoy
        </button>
      </div>
      <p className="aside">
        No script can list variables inside closures, so this one does not. An injected script could still
        send requests as you while this page is open, but it could not take the session elsewhere.
      </p>
    </Panel>
  );
}
