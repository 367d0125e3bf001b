/** A violation that {@link violations} causes itself, so that there is one to wait for. */
export const OWN_VIOLATION = "require-trusted-types-for: Element innerHTML|<i>";

/** What the page's policy has refused since the document began, and {@link OWN_VIOLATION}. Runs in the page, in Chromium. */
export async function violations(): Promise<string[]> {
  const reports = await new Promise<{ body: { effectiveDirective: string; sample: string } }[]>((resolve) => {
    new ReportingObserver((list) => resolve(list as never), {
      types: ["csp-violation"],
      buffered: true,
    }).observe();
    try {
      document.createElement("p").innerHTML = "<i>";
    } catch {
      // Expected: Trusted Types refuse the text.
    }
  });
  return reports.map(({ body }) => `${body.effectiveDirective}: ${body.sample}`);
}
