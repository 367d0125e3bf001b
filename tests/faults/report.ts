/** Runs in the page of an unattended browser: tells the host what the page finds, and what the session is. */
export async function report(moment: string, more: Record<string, string>): Promise<void> {
  const session = await (await fetch("/auth/session")).text();
  await fetch(`/report?${new URLSearchParams({ moment, session, ...more })}`);
}
