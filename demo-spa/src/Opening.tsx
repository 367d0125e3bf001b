import { Masthead } from "./Masthead";

/** Shown until the service worker has taken control of the page. */
export function Opening() {
  return (
    <>
      <Masthead />
      <main id="content" className="notice" tabIndex={-1}>
        <p role="status" className="notice-lead">
          Starting the vault…
        </p>
        <p>The service worker that holds your session is starting.</p>
      </main>
    </>
  );
}
