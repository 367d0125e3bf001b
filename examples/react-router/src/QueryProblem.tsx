import { useVault } from "strongroom/react";
import { ApiError } from "./api";

/** Shows a query's error and what the user can do. */
export function QueryProblem({ error, again }: { error: Error; again: () => void }) {
  const vault = useVault();
  const unauthorized = error instanceof ApiError && error.status === 401;
  const isNobody = unauthorized && error.code === "unauthenticated";
  return (
    <p role="alert">
      <span id="problem">{isNobody ? "You are not signed in." : error.message}</span>{" "}
      {unauthorized ? (
        // With `prompt`, the authorization server asks for the password even if its own session is still valid.
        <button
          type="button"
          id="sign-in-again"
          onClick={() => vault.login(isNobody ? {} : { prompt: "login" })}
        >
          Sign in again
        </button>
      ) : (
        <button type="button" id="again" onClick={again}>
          Try again
        </button>
      )}
    </p>
  );
}
