/** Settles after so many milliseconds. */
export function sleep(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Settles when `target` has fired an event. */
export function happens(event: string, target: EventTarget = globalThis): Promise<unknown> {
  return new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));
}
