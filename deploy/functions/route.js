// CloudFront Function (cloudfront-js-2.0), viewer request, for every path of the app: a path that names no file is a
// view of the app, and gets its page. Not by custom error responses: those would hold for all paths of the
// distribution, and would answer a missing worker script, or the API's 404, with the app.
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it
function handler(event) {
  const request = event.request;
  const name = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (!name.includes(".")) request.uri = "/index.html";
  return request;
}
