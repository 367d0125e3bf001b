import { startApp } from "./app.js";
import { finishSignIn, startSignIn } from "./code-flow.js";
import { type HandMade, KEEPS, type Keep } from "./keeps.js";

/** An app that signs in in the page, and keeps the tokens in one of the usual ways. */
export function startHandMadeApp(way: HandMade): Promise<void> {
  const keep: Keep = KEEPS[way];
  return startApp(async (facts) => {
    const isCallback = location.pathname === "/auth/callback" && location.search.includes("code=");
    if (isCallback) await keep.save(await finishSignIn(facts));
    return {
      signedIn: (await keep.load()) !== null,
      signIn: () => startSignIn(facts),
      fetch: async (url) => fetch(url, { headers: { authorization: `Bearer ${await keep.load()}` } }),
    };
  });
}
