"use client";

import { useState } from "react";
import { SignedIn, SignedOut, useSession, useVault, VaultProvider } from "strongroom/react";

function App() {
  const vault = useVault();
  const { status, user } = useSession();
  const [answer, setAnswer] = useState("");

  // Plain fetch: the worker adds the token on the way.
  async function ask() {
    const response = await fetch("https://api.example.com/v1/notes");
    setAnswer(`${response.status} ${await response.text()}`);
  }

  return (
    <main>
      <p>
        You are <output id="status">{status}</output>. {user?.email}
      </p>
      <SignedOut>
        <button type="button" id="sign-in" onClick={() => vault.login()}>
          Sign in
        </button>
      </SignedOut>
      <SignedIn>
        <button type="button" id="ask" onClick={ask}>
          Call the API
        </button>
        <button type="button" id="sign-out" onClick={() => vault.logout()}>
          Sign out
        </button>
        <pre id="answer">{answer}</pre>
      </SignedIn>
    </main>
  );
}

// The vault exists only in the browser, so the exported page shows `fallback`.
export default function Page() {
  return (
    <VaultProvider
      worker="/vault-worker.js"
      fallback={<p>Loading…</p>}
      errorFallback={(error) => <p id="error">{error.message}</p>}
    >
      <App />
    </VaultProvider>
  );
}
