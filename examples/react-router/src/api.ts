import { queryOptions } from "@tanstack/react-query";

/** The API or the vault responded with an error status. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    /** `unauthenticated`: the vault's own 401, because no user is signed in. The request did not reach the API. */
    readonly code: string | null,
  ) {
    super(`The API returned ${status}.`);
  }
}

export interface Note {
  id: string;
  text: string;
}

export const notesQuery = queryOptions({
  queryKey: ["notes"],
  queryFn: ({ signal }) => get<Note[]>("notes", signal),
});

/** Plain fetch: the worker adds the token on the way. */
async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(`https://api.example.com/v1/${path}`, { signal });
  if (!response.ok) throw new ApiError(response.status, await codeOf(response));
  return response.json();
}

async function codeOf(response: Response): Promise<string | null> {
  if (response.headers.get("Content-Type") !== "application/problem+json") return null;
  return (await response.json()).code;
}
