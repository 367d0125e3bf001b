//! Responses of the core in the browser.

use super::browser::text;
use super::worker::{Worker, header};
use crate::fetches::made;
use strongroom_core::problem::Problem;
use strongroom_core::response::{self, COMMON_HEADERS};
use strongroom_core::return_to::ReturnTo;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

fn has_common_headers(response: &Response) -> bool {
    COMMON_HEADERS.iter().all(|(name, value)| header(response, name).as_deref() == Some(*value))
}

#[wasm_bindgen_test]
async fn a_response_has_the_status_headers_and_body_of_the_core() {
    let problem = Problem::new("a_code", "A sentence with a \"quote\" and an ü.");
    for own in [
        response::Response::json("{\"a\":1}".to_owned()),
        response::Response::problem(400, &problem),
        response::Response::empty(204),
        response::Response::found("https://id.example.com/?a=b".to_owned()),
        response::Response::see_other(&ReturnTo::parse("/notes?a=1#b").unwrap()),
    ] {
        let response = made(&own).unwrap().unchecked_into::<Response>();
        assert_eq!(response.status(), own.status, "{own:?}");
        assert!(has_common_headers(&response), "{own:?}");
        for (name, value) in &own.headers {
            assert_eq!(header(&response, name).as_ref(), Some(value), "{own:?}");
        }
        assert_eq!(response.body().is_none(), own.body.is_empty(), "{own:?}");
        assert_eq!(text(response.text()).await, own.body);
    }
}

/// A late reader gets everything.
#[wasm_bindgen_test]
async fn a_stream_delivers_its_chunks_in_order_and_ends() {
    let worker = Worker::start();
    let response = worker.fetch("/auth/events", "{}").await;
    let media_type = header(&response, "content-type");
    assert_eq!((response.status(), media_type.as_deref()), (200, Some("text/event-stream")));
    assert!(has_common_headers(&response));
    worker.sign_in().await;
    worker.sign_out().await;
    worker.vault.version("installed");
    let mut events = text(response.text()).await;
    for status in ["anonymous", "authenticated", "anonymous"] {
        let (event, rest) =
            events.split_once("event: session\ndata: {").unwrap().1.split_once("\n\n").unwrap();
        assert!(event.contains(&format!(r#""status":"{status}""#)), "{event}");
        events = rest.to_owned();
    }
}
