import { useNow } from "./useNow";

/** The time left until `until` (milliseconds since the epoch). A timer role is not read out every second. */
export function Countdown({ until }: { until: number }) {
  const left = until - useNow();
  return <span role="timer">{left > 0 ? inWords(left) : "expired"}</span>;
}

function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${seconds} s`;
}
