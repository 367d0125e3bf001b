import { useState } from "react";
import { useVault } from "strongroom/react";
import { useAttempt } from "../problems/useAttempt";

export function RenewNow() {
  const vault = useVault();
  const [renewing, setRenewing] = useState(false);
  const attempt = useAttempt("renew");

  const renew = async () => {
    if (renewing) return;
    setRenewing(true);
    await attempt("renew the session", async () => {
      await vault.refresh();
    });
    setRenewing(false);
  };

  return (
    <button
      type="button"
      className="button button-quiet"
      data-testid="session-renew"
      aria-busy={renewing}
      onClick={renew}
    >
      {renewing ? "Renewing…" : "Renew now"}
    </button>
  );
}
