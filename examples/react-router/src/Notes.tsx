import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { useVault } from "strongroom/react";
import { notesQuery } from "./api";
import { QueryProblem } from "./QueryProblem";

export function Notes() {
  const vault = useVault();
  const { tag } = useParams();
  const { data, error, refetch } = useQuery(notesQuery);
  return (
    <main>
      <h1 id="tag">{tag}</h1>
      {error && <QueryProblem error={error} again={refetch} />}
      {data && <p id="answer">{data.length} notes</p>}
      <button type="button" id="ask" onClick={() => refetch()}>
        Look again
      </button>
      <button type="button" id="sign-out" onClick={() => vault.logout()}>
        Sign out
      </button>
      <Link to="/" id="home">
        Home
      </Link>
    </main>
  );
}
