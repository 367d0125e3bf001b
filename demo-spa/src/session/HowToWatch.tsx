/** How to make a recovery happen, in each browser, and what will be seen of it. */
export function HowToWatch() {
  const { origin } = location;
  return (
    <details className="how-to-watch">
      <summary>How to watch a recovery</summary>
      <div className="how-to-watch-ways">
        <section>
          <h3>The worker stops while this tab is open</h3>
          <p>A keeper has a copy. An open tab keeps the worker running, so stop it by hand:</p>
          <dl>
            <dt>Chrome, Edge</dt>
            <dd>
              In DevTools (F12): Application, Service workers, <b>Stop</b>. Or open{" "}
              <code>chrome://serviceworker-internals</code> in another tab and press <b>Stop</b> under the
              scope <code>{origin}/</code>.
            </dd>
            <dt>Firefox</dt>
            <dd>
              Open <code>about:processes</code> in another tab. Press <b>×</b> in the line of this site that
              says <code>serviceworker</code>. Unregister in <code>about:debugging</code> is something else:
              it removes the worker’s registration.
            </dd>
            <dt>Safari</dt>
            <dd>It has no button that stops a worker. Try the other way.</dd>
          </dl>
          <p>
            Come back and press “Send an API request now”: it goes out with the same token as before, and
            takes a little longer if the new worker is only just starting. Within seconds the log says that
            the worker was started again and the session came back from a keeper. The time left goes on as
            before: the authorization server was not asked.
          </p>
        </section>
        <section>
          <h3>Every copy is gone</h3>
          <ol>
            <li>Close every tab of this site. The keepers end with the last one.</li>
            <li>
              Wait until the browser stops the worker, which takes half a minute in Chrome and Edge, and up to
              70 seconds in Firefox. Or stop it by hand, or quit the browser.
            </li>
            <li>
              Open <code>{origin}/</code> again.
            </li>
          </ol>
          <p>
            The status is “recovering” for a moment: a hidden frame asks the authorization server whether it
            still knows you. If it does, you are back, and the log says how long that took. If it does not,
            you are signed out, and the log says <code>login_required</code>.
          </p>
        </section>
      </div>
    </details>
  );
}
