//! The core's responses as the browser's.

use super::browser::{fetch_event, text};
use super::worker::{Pieces, Worker, header};
use crate::fetches::Fetch;
use strongroom_core::problem::{Code, Problem};
use strongroom_core::response::{self, COMMON_HEADERS};
use strongroom_core::return_to::ReturnTo;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Response, ResponseType};

fn responded(response: &response::Response) -> Response {
    let fetch = Fetch::new(&fetch_event("page", "/auth/session", "{}", "{}"));
    fetch.respond(response).unwrap().unchecked_into()
}

fn has_common_headers(response: &Response) -> bool {
    COMMON_HEADERS.iter().all(|(name, value)| header(response, name).as_deref() == Some(*value))
}

#[wasm_bindgen_test]
async fn a_response_has_the_cores_status_headers_and_body() {
    let problem = Problem::new(Code::ALL[0], "A sentence with a \"quote\" and an ü.");
    for own in [
        response::Response::json("{\"a\":1}".to_owned()),
        response::Response::problem(400, &problem),
        response::Response::method_not_allowed("POST"),
        response::Response::unauthenticated(),
        response::Response::no_content(),
    ] {
        let response = responded(&own);
        assert_eq!(response.status(), own.status, "{own:?}");
        assert!(has_common_headers(&response), "{own:?}");
        for (name, value) in &own.headers {
            assert_eq!(header(&response, name).as_ref(), Some(value), "{own:?}");
        }
        assert_eq!(text(response.text()).await, own.body);
    }
}

#[wasm_bindgen_test]
fn a_redirect_has_a_location_and_no_body() {
    let path = ReturnTo::parse("/notes?a=1#b").unwrap();
    for (own, status, location) in [
        (
            response::Response::found("https://id.example.com/?a=b".to_owned()),
            302,
            "https://id.example.com/?a=b",
        ),
        (response::Response::see_other(&path), 303, "/notes?a=1#b"),
    ] {
        let response = responded(&own);
        assert_eq!((response.status(), header(&response, "location").as_deref()), (status, Some(location)));
        assert!(response.body().is_none() && has_common_headers(&response));
    }
}

#[wasm_bindgen_test]
fn a_failure_is_a_network_error() {
    let fetch = Fetch::new(&fetch_event("page", "/auth/session", "{}", "{}"));
    for result in [fetch.fail(), fetch.deliver()] {
        assert_eq!(result.unwrap().unchecked_into::<Response>().type_(), ResponseType::Error);
    }
}

/// A stream that a page opens late, or reads late, misses nothing.
#[wasm_bindgen_test]
async fn a_stream_delivers_what_is_written_in_its_order_and_then_ends() {
    let worker = Worker::start();
    let response = worker.fetch("/auth/events", "{}").await;
    assert_eq!(
        (response.status(), header(&response, "content-type").as_deref()),
        (200, Some("text/event-stream"))
    );
    assert!(has_common_headers(&response));
    worker.sign_in().await;
    worker.sign_out().await;
    worker.vault.version("installed");
    let events = Pieces::of(&response);
    for status in ["anonymous", "authenticated", "anonymous"] {
        let event = String::from_utf8(events.next().await.unwrap()).unwrap();
        assert!(event.starts_with("event: session\ndata: {"), "{event}");
        assert!(event.contains(&format!(r#""status":"{status}""#)), "{event}");
    }
    while events.next().await.is_some() {}
}
