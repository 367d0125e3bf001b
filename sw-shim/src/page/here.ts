/** This page, as a path of the app to come back to. */
export function here(): string {
  return location.href.slice(location.origin.length);
}
