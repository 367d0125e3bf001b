//! `GET /auth/events`.

use super::browser::{ConsoleLines, StreamWrites, is_pending};
use super::worker::{CONFIG, Pieces, Worker, header, response};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

/// A page that follows the session.
struct Page(Pieces);

impl Page {
    async fn open(worker: &Worker) -> Self {
        Self::reading(&worker.fetch("/auth/events", "{}").await)
    }

    /// That of the page with this client ID.
    async fn open_by(client_id: &str, worker: &Worker) -> Self {
        Self::reading(&response(worker.handles_for(client_id, "/auth/events", "{}")).await)
    }

    fn reading(response: &Response) -> Self {
        assert_eq!(header(response, "content-type").as_deref(), Some("text/event-stream"));
        Self(Pieces::of(response))
    }

    /// The next chunk; `None` at the stream's end.
    async fn next(&self) -> Option<String> {
        self.0.next().await.map(|bytes| String::from_utf8(bytes).unwrap())
    }
}

async fn sign_out(worker: &Worker) {
    worker.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
}

#[wasm_bindgen_test]
async fn a_page_is_told_at_once_and_at_each_change() {
    let worker = Worker::start();
    let page = Page::open(&worker).await;
    assert!(page.next().await.unwrap().contains(r#""status":"anonymous""#));
    worker.sign_in().await;
    let chunk = page.next().await.unwrap();
    let (session, _) =
        chunk.strip_prefix("event: session\ndata: ").and_then(|rest| rest.split_once("\n\n")).unwrap();
    assert!(
        session.contains(r#""status":"authenticated""#) && session.contains("ada@example.com"),
        "{session}"
    );
    sign_out(&worker).await;
    assert!(page.next().await.unwrap().contains(r#""status":"anonymous""#));
}

#[wasm_bindgen_test]
async fn a_page_is_signed_out_before_the_revocation_is_answered() {
    let worker = Worker::start();
    worker.sign_in().await;
    let page = Page::open(&worker).await;
    assert!(page.next().await.unwrap().contains("authenticated"));
    worker.network.hang();
    let answer = worker.handles("/auth/logout", r#"{ "method": "POST" }"#);
    assert!(page.next().await.unwrap().contains("anonymous"));
    worker.network.request(1).await;
    assert!(is_pending(&answer.unwrap()).await);
}

#[wasm_bindgen_test]
async fn a_page_is_told_what_happened_after_the_session_has_changed() {
    let worker = Worker::start();
    let page = Page::open(&worker).await;
    page.next().await.unwrap();
    worker.sign_in().await;
    let told = page.next().await.unwrap();
    let (session, happened) = told.split_once("\n\n").unwrap();
    assert!(session.contains(r#""status":"authenticated""#), "{session}");
    assert!(happened.starts_with("event: signin\ndata: {\"duration\":"), "{happened}");
}

/// The page that signs in is away while it happens.
#[wasm_bindgen_test]
async fn what_happened_while_there_was_no_page_is_told_to_the_next_one_alone() {
    let worker = Worker::start();
    worker.sign_in().await;
    let first = Page::open(&worker).await.next().await.unwrap();
    assert!(first.contains("\n\nevent: signin\ndata: {\"duration\":"), "{first}");
    let second = Page::open(&worker).await.next().await.unwrap();
    assert!(!second.contains("signin"), "{second}");
}

#[wasm_bindgen_test]
async fn the_console_is_told_what_happens_if_the_configuration_says_so_and_nothing_secret() {
    for (config, is_told) in
        [(CONFIG.to_owned(), false), (CONFIG.replacen('{', r#"{ "debug": true,"#, 1), true)]
    {
        let console = ConsoleLines::new();
        let worker = Worker::start_with(&config);
        let tokens = worker.sign_in().await;
        worker.sign_out().await;
        let written = console.restore();
        assert_eq!(written.contains("event: signin") && written.contains("event: signout"), is_told);
        assert_eq!(written.is_empty(), !is_told, "{written}");
        for secret in [tokens.access_token(), tokens.id_token(), tokens.refresh_token(), "ada".into()] {
            assert!(!written.contains(&String::from(secret)), "{written}");
        }
    }
}

#[wasm_bindgen_test]
async fn the_error_of_a_sign_in_goes_to_the_page_that_comes_back_and_to_no_other() {
    let worker = Worker::start();
    let open = Page::open_by("open", &worker).await;
    assert!(open.next().await.unwrap().contains(r#""error":null,"signIn":"start""#));
    let state = worker.begin_login().await.get("state").unwrap();
    worker.navigate(&format!("/auth/callback?error=access_denied&state={state}")).await;
    for _ in 0..2 {
        let returning = Page::open_by("returning", &worker).await.next().await.unwrap();
        assert!(returning.contains(r#""error":{"code":"access_denied""#), "{returning}");
        assert!(returning.contains(r#""signIn":"offer""#), "{returning}");
    }
    let later = Page::open_by("later", &worker).await.next().await.unwrap();
    assert!(later.contains(r#""error":null,"signIn":"start""#), "{later}");
    worker.sign_in().await;
    let next = open.next().await.unwrap();
    assert!(next.contains(r#""status":"authenticated""#), "the open page was told nothing before: {next}");
}

#[wasm_bindgen_test]
async fn after_a_sign_out_an_open_page_offers_the_sign_in_and_a_new_one_may_start_it() {
    let worker = Worker::start();
    worker.sign_in().await;
    let open = Page::open_by("open", &worker).await;
    open.next().await.unwrap();
    worker.sign_out().await;
    assert!(open.next().await.unwrap().contains(r#""signIn":"offer""#));
    let new = Page::open_by("new", &worker).await.next().await.unwrap();
    assert!(new.contains(r#""signIn":"start""#), "{new}");
}

#[wasm_bindgen_test]
async fn every_page_is_told() {
    let worker = Worker::start();
    let (first, second) = (Page::open(&worker).await, Page::open(&worker).await);
    for page in [&first, &second] {
        assert!(page.next().await.unwrap().contains("anonymous"));
    }
    worker.sign_in().await;
    for page in [&first, &second] {
        assert!(page.next().await.unwrap().contains("authenticated"));
    }
}

/// A page that opens late, or reads late, misses nothing: the chunks wait for it in order.
#[wasm_bindgen_test]
async fn a_page_that_reads_late_gets_every_change_in_order() {
    let worker = Worker::start();
    let page = Page::open(&worker).await;
    worker.sign_in().await;
    sign_out(&worker).await;
    for status in ["anonymous", "authenticated", "anonymous"] {
        assert!(page.next().await.unwrap().contains(status));
    }
}

#[wasm_bindgen_test]
async fn a_page_that_is_gone_is_forgotten() {
    let writes = StreamWrites::new();
    let worker = Worker::start();
    let (gone, staying) = (Page::open(&worker).await, Page::open(&worker).await);
    writes.restore();
    gone.next().await;
    staying.next().await;
    assert_eq!(writes.count(), 2);
    gone.0.cancel().await;
    worker.sign_in().await;
    assert!(staying.next().await.unwrap().contains("authenticated"));
    assert_eq!(writes.count(), 3, "to the one that stays");
}

#[wasm_bindgen_test]
async fn of_too_many_streams_the_oldest_ends() {
    let worker = Worker::start();
    let oldest = Page::open(&worker).await;
    assert!(oldest.next().await.is_some());
    let mut others = Vec::new();
    for _ in 0..256 {
        others.push(Page::open(&worker).await);
    }
    assert_eq!(oldest.next().await, None);
    assert!(others[0].next().await.is_some());
    worker.sign_in().await;
    assert!(others[0].next().await.unwrap().contains("authenticated"));
}

#[wasm_bindgen_test]
async fn a_worker_that_makes_room_for_its_successor_ends_every_stream() {
    let worker = Worker::start();
    let page = Page::open(&worker).await;
    assert!(page.next().await.is_some());
    JsFuture::from(worker.vault.leave()).await.unwrap();
    assert_eq!(page.next().await, None);
    let late = Page::open(&worker).await;
    assert!(late.next().await.unwrap().contains("anonymous"), "the session is told once");
    assert_eq!(late.next().await, None);
    worker.vault.stay();
    let staying = Page::open(&worker).await;
    assert!(staying.next().await.is_some());
    worker.sign_in().await;
    assert!(staying.next().await.unwrap().contains("authenticated"));
}
