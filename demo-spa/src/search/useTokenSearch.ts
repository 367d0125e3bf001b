import { useCallback, useEffect, useState } from "react";
import { useAttempt } from "../problems/useAttempt";
import { type Finding, search } from "./search";
import { decoyToken } from "./tokenShape";

export interface TokenSearch {
  /** `null` until the first search is done. */
  findings: Finding[] | null;
  /** The findings are of a search with a decoy to find. */
  withDecoy: boolean;
  run(): void;
  /** Puts a worthless token into sessionStorage, searches, and takes it out: a search that never finds proves nothing. */
  runWithDecoy(): void;
}

export function useTokenSearch(): TokenSearch {
  const [findings, setFindings] = useState<Finding[] | null>(null);
  const [withDecoy, setWithDecoy] = useState(false);
  const attempt = useAttempt("token-search");

  const run = useCallback(() => {
    attempt("search this page", async () => {
      setFindings(await search());
      setWithDecoy(false);
    });
  }, [attempt]);

  const runWithDecoy = () => {
    attempt("try the search out", async () => {
      sessionStorage.setItem(DECOY_KEY, decoyToken());
      try {
        setFindings(await search());
        setWithDecoy(true);
      } finally {
        sessionStorage.removeItem(DECOY_KEY);
      }
    });
  };

  useEffect(run, [run]);
  return { findings, withDecoy, run, runWithDecoy };
}

const DECOY_KEY = "strongroom-demo-decoy";
