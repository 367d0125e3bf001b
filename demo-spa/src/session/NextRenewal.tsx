import { Time } from "../Time";
import { useNow } from "./useNow";

/** Renewal is lazy: only a request after this time renews the token. */
export function NextRenewal({ from }: { from: number }) {
  if (useNow() >= from) return "due with the next request";
  return (
    <>
      with the first request after <Time at={from} precision="clock" />
    </>
  );
}
