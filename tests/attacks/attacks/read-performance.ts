import { attack } from "../attack.js";

export default attack({
  name: "reads performance entries and reports",
  threat: "single-execution theft",
  target: "any",
  alone: true,
  hook(it) {
    const { ReportingObserver } = window as unknown as {
      ReportingObserver?: new (
        callback: (reports: { toJSON(): unknown }[]) => void,
        options: object,
      ) => { observe(): void };
    };
    new PerformanceObserver((list) => it.steal(list.getEntries())).observe({
      entryTypes: [...PerformanceObserver.supportedEntryTypes],
    });
    if (ReportingObserver) {
      new ReportingObserver((reports) => it.steal(reports), { buffered: true }).observe();
    }
    addEventListener("securitypolicyviolation", ({ blockedURI, documentURI, sourceFile, referrer }) =>
      it.steal(blockedURI, documentURI, sourceFile, referrer),
    );
    addEventListener("load", () => setTimeout(() => it.steal(performance.getEntries()), 0));
  },
});
