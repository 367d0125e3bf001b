/** The mark: a vault door's wheel. It turns with the session's status (`masthead.css`). */
export function VaultWheel() {
  return (
    <svg className="vault-wheel" viewBox="0 0 32 32" aria-hidden="true">
      <circle className="vault-wheel-rim" cx="16" cy="16" r="14.5" />
      <g className="vault-wheel-spokes">
        <path d="M16 16V6.5M16 16l8.2 4.75M16 16l-8.2 4.75" />
        <circle className="vault-wheel-hub" cx="16" cy="16" r="3.6" />
      </g>
    </svg>
  );
}
