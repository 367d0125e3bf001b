//! From the core's answers to the browser's responses.

use super::browser::text;
use super::worker::header;
use crate::answer;
use strongroom_core::answer::{Answer, COMMON_HEADERS};
use strongroom_core::problem::Problem;
use strongroom_core::return_to::ReturnTo;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ReadableStream, Response};

fn has_common_headers(response: &Response) -> bool {
    COMMON_HEADERS.iter().all(|(name, value)| header(response, name).as_deref() == Some(*value))
}

#[wasm_bindgen_test]
async fn status_headers_and_body_are_the_answers() {
    let problem = Problem::new("some_code", "A sentence with a \"quote\" and an ü.");
    let rows = [
        Answer::json("{\"a\":1}".to_owned()),
        Answer::problem(400, &problem),
        Answer::method_not_allowed("POST"),
        Answer::not_found(),
        Answer::platform_failed(),
        Answer::token_endpoint_refused(),
        Answer::unauthenticated(),
        Answer::no_content(),
        Answer::not_a_keeper(),
    ];
    for answer in rows {
        let response = answer::response(&answer).unwrap();
        assert_eq!(response.status(), answer.status, "{answer:?}");
        assert!(has_common_headers(&response), "{answer:?}");
        for (name, value) in &answer.headers {
            assert_eq!(header(&response, name).as_ref(), Some(value), "{answer:?}");
        }
        assert_eq!(text(response.text()).await, answer.body);
    }
}

#[wasm_bindgen_test]
fn redirects_have_a_location_and_no_body() {
    let found = answer::response(&Answer::found("https://id.example.com/?a=b".to_owned())).unwrap();
    assert_eq!(
        (found.status(), header(&found, "location").unwrap().as_str()),
        (302, "https://id.example.com/?a=b")
    );
    let path = ReturnTo::parse("/notes?a=1#b").unwrap();
    let see_other = answer::response(&Answer::see_other(&path)).unwrap();
    assert_eq!((see_other.status(), header(&see_other, "location").unwrap().as_str()), (303, "/notes?a=1#b"));
    for response in [found, see_other] {
        assert!(response.body().is_none());
        assert!(has_common_headers(&response));
    }
}

#[wasm_bindgen_test]
fn a_stream_has_its_media_type() {
    let response = answer::stream(&ReadableStream::new().unwrap(), "text/event-stream").unwrap();
    assert_eq!(
        (response.status(), header(&response, "content-type").as_deref()),
        (200, Some("text/event-stream"))
    );
    assert!(has_common_headers(&response));
}
