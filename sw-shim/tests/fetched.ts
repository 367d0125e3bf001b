/**
 * `response` with what only a response from the network has, and script can give none: a type, headers that cannot be
 * changed, and for a status that allows no body an empty stream in place of null.
 */
export function fetched(response: Response): Response {
  const immutable = () => {
    throw new TypeError("immutable");
  };
  Object.assign(response.headers, { append: immutable, delete: immutable, set: immutable });
  Object.defineProperty(response, "type", { value: "cors" });
  if (!response.body) Object.defineProperty(response, "body", { value: new Response("").body });
  return response;
}
