/** Why a request failed. `fetch` hides the reason behind "fetch failed". */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  // A host name with several addresses: one error for each of them, and no message.
  const [first] = cause instanceof AggregateError ? (cause.errors as Error[]) : [cause];
  return first?.message || (cause as NodeJS.ErrnoException).code || message;
}
