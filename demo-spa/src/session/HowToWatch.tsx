import { useMode } from "../mode";

/** How to cause a recovery in each browser, and what to expect. */
export function HowToWatch() {
  const { origin } = location;
  const { vault, recovery } = useMode();
  return (
    <details className="how-to-watch">
      <summary>How to watch a recovery</summary>
      <div className="how-to-watch-ways">
        <section>
          <h3>The worker stops while this tab is open</h3>
          <p>
            A keeper holds a copy of the session. An open tab keeps the worker running, so stop it yourself:
          </p>
          <dl>
            <dt>Chrome, Edge</dt>
            <dd>
              In DevTools (F12): Application, Service workers, <b>Stop</b>. Or open{" "}
              <code>chrome://serviceworker-internals</code> in another tab and click <b>Stop</b> below the
              scope <code>{vault}/</code>.
            </dd>
            <dt>Firefox</dt>
            <dd>
              Open <code>about:processes</code> in another tab. Click <b>×</b> in this site’s{" "}
              <code>serviceworker</code> line. Do not use Unregister in <code>about:debugging</code>: it
              removes the worker’s registration.
            </dd>
            <dt>Safari</dt>
            <dd>Safari cannot stop a worker. Try the other way.</dd>
          </dl>
          <p>
            Come back and click “Send an API request now”. The request goes out with the same token as before,
            and takes a little longer if the new worker is still starting. Within seconds, the log says that
            the worker was restarted and the session came from a keeper. The expiry is unchanged, because the
            authorization server was not asked.
          </p>
        </section>
        <section>
          <h3>Every copy is gone</h3>
          <ol>
            <li>Close all tabs of this site. The keepers end with the last one.</li>
            <li>
              Wait until the browser stops the worker: 30 seconds in Chrome and Edge, up to 70 seconds in
              Firefox. Or stop it yourself, or quit the browser.
            </li>
            <li>
              Open <code>{origin}/</code> again.
            </li>
          </ol>
          <p>
            The status is “recovering” {recovery}. If the server still knows you, you are signed in again,
            without a form. If it does not, you are signed out, and the log says <code>login_required</code>.
          </p>
        </section>
      </div>
    </details>
  );
}
