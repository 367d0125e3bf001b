import { Time } from "../Time";
import { useNow } from "./useNow";

/** Renewal is lazy: from a moment on the next request brings it about, and without a request nothing does. */
export function NextRenewal({ from }: { from: number }) {
  if (useNow() >= from) return "due: the next request renews";
  return (
    <>
      from <Time at={from} precision="clock" /> on, the next request renews
    </>
  );
}
