// CloudFront Function (cloudfront-js-2.0), viewer request: serves index.html for the app's views, which are paths without a
// dot in their last part. Custom error responses would apply to all paths of the distribution, and would replace a missing
// worker script or the API's 404 with the app.
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it
function handler(event) {
  const request = event.request;
  const name = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (!name.includes(".")) request.uri = "/index.html";
  return request;
}
