/** The worker has lost the session and recovers it from the authorization server. */
export function Recovering() {
  return (
    <section className="notice">
      <h1>Recovering your session</h1>
      <p>
        The browser stopped the worker that held your session. The worker is now recovering it, and API
        requests wait until it has.
      </p>
    </section>
  );
}
