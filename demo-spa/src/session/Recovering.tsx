/** The worker has no session in memory but knows there was one: it is asking the authorization server. */
export function Recovering() {
  return (
    <section className="notice">
      <h1>Picking up your session</h1>
      <p>
        The worker lost its memory, as workers do when the browser stops them, and is getting your session
        back. Requests wait for it.
      </p>
    </section>
  );
}
