import { Panel } from "../Panel";
import { FindingsTable } from "./FindingsTable";
import { useTokenSearch } from "./useTokenSearch";
import { Verdict } from "./Verdict";

/** Looks for tokens wherever injected script could, here and now. */
export function TokenSearch() {
  const { findings, withDecoy, run, runWithDecoy } = useTokenSearch();
  return (
    <Panel
      title="Where are the tokens?"
      className="token-search"
      lead="This page searches itself, as injected script would, for anything shaped like a JWT."
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
          Try it with a decoy
        </button>
      </div>
      <p className="aside">
        Variables closed over by functions cannot be listed by any script, so not by this one. Injected script
        could still send requests as you while this page is open; it could not take the session away with it.
      </p>
    </Panel>
  );
}
