//! No open redirect, for paths from any source.

use crate::fixture::ORIGIN;
use strongroom_core::response::Response;
use strongroom_core::return_to::ReturnTo;
use url::Url;

/// Any browser resolves it to the app's origin, and it is a single header line.
pub(crate) fn assert_stays_in_the_app(return_to: &ReturnTo) {
    let origin = Url::parse(ORIGIN).expect("the fixture's origin is a URL").origin();
    for base in ["/", "/auth/callback?code=x", "/deep/page/", "//double/slash"] {
        let base = Url::parse(&[ORIGIN, base].concat()).expect("a page of the app");
        let target = base.join(return_to.as_str()).expect("a path");
        assert_eq!(target.origin(), origin, "{return_to:?}");
    }
    let response = Response::see_other(return_to);
    assert_eq!(response.headers[0].1, return_to.as_str());
    assert!(!return_to.as_str().contains(['\r', '\n', '\0', '\t']), "{return_to:?}");
}
