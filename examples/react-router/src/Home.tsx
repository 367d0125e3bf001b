import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useSession } from "strongroom/react";
import { notesQuery } from "./api";
import { QueryProblem } from "./QueryProblem";

/** A public page. It shows what a page for signed-in users left in the cache. */
export function Home() {
  const { status } = useSession();
  const { data, error, refetch } = useQuery({ ...notesQuery, enabled: false });
  return (
    <main>
      <p>
        You are <output id="status">{status}</output>. Cached notes:{" "}
        <output id="kept">{data?.length ?? "none"}</output>
      </p>
      {error && <QueryProblem error={error} again={refetch} />}
      <button type="button" id="ask" onClick={() => refetch()}>
        Call the API
      </button>
      <Link to="/notes/red" id="notes">
        Red notes
      </Link>
    </main>
  );
}
