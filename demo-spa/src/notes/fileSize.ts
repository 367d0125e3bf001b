/** A number of bytes as people write it: "817 B", "3.2 MB". */
export function fileSize(bytes: number): string {
  if (bytes < KILO) return `${bytes} B`;
  return bytes < KILO * KILO ? `${(bytes / KILO).toFixed(1)} kB` : `${(bytes / KILO / KILO).toFixed(1)} MB`;
}

/** As the API counts its limit, so that the two can be compared. */
const KILO = 1024;
