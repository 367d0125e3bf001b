//! What can happen to the vault, and what it has the edge do about it.

use crate::authorization::Randomness;
use crate::policy;
use crate::response::Response;
use crate::secret::{Authorization, SessionCopy};
use crate::session_manager::{FormRequest, Generation, Renewal};
use crate::token::TokenResponse;

/// A fetch event of the service worker. The edge numbers them in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchId(pub u32);

/// What the vault may ask the platform while it handles a fetch event. Each answer takes the edge time, so the vault
/// asks only for what it needs.
pub trait Platform {
    /// The client ID of the page or worker that sent the request; empty for a navigation.
    fn client_id(&self) -> String;
    /// The request's `Content-Type`; empty if there is none.
    fn content_type(&self) -> String;
    /// The length of all header names and values together, in bytes.
    fn header_size(&self) -> usize;
    /// Whether the request outlives its page.
    fn is_keepalive(&self) -> bool;
    /// Whether somebody has begun to read the request's body.
    fn is_body_used(&self) -> bool;
    /// Whether there may be a network.
    fn is_online(&self) -> bool;
    /// Fresh randomness; `None` if the platform has none.
    fn randomness(&self) -> Option<Randomness>;
}

/// A client of the service worker, as the browser describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The client ID.
    pub id: String,
    /// The client type: `window`, `worker`, `sharedworker` or `all`.
    pub kind: String,
    /// The creation URL.
    pub url: String,
}

/// What came of [`Action::Send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A response with this status; 0 for a redirect that was not followed.
    Status(u16),
    /// There was no response.
    Failed,
    /// The platform refused to make the request, for example since its body is used up. Nothing was sent.
    NotSent,
}

/// The name of a storage error's `DOMException`.
pub type StorageError = String;

/// The life of another version of the worker script, by the browser's words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// It is being installed.
    Installing,
    /// It is installed, and waits until this one is done.
    Installed,
    /// It takes over.
    Activating,
    /// It did not come after all.
    Redundant,
}

impl Version {
    /// From a `ServiceWorkerState`.
    #[must_use]
    pub fn parse(state: &str) -> Option<Self> {
        Some(match state {
            "installing" => Self::Installing,
            "installed" => Self::Installed,
            "activating" | "activated" => Self::Activating,
            "redundant" => Self::Redundant,
            _ => return None,
        })
    }
}

/// Something that happened.
pub enum Event<'a> {
    /// A fetch event.
    Fetch {
        /// Its number.
        id: FetchId,
        /// The request.
        request: policy::Request<'a>,
        /// For what else the vault needs to know.
        platform: &'a dyn Platform,
        /// An earlier vault crashed before it had responded to this event.
        retried: bool,
    },
    /// Came of [`Action::Send`].
    Sent(FetchId, Outcome),
    /// Came of [`Action::ReadBody`] and [`Action::AwaitBody`]: whether the edge has the whole body.
    BodyRead(FetchId, bool),
    /// Came of [`Action::TakeBody`].
    Body(FetchId, &'a [u8]),
    /// Came of [`Action::Identify`]; `None` if the client is gone.
    Client(FetchId, Option<Client>),
    /// Came of [`Effect::Probe`].
    Probed {
        /// For this fetch.
        id: FetchId,
        /// Whether the server responded, in whatever way.
        is_reachable: bool,
    },
    /// Came of [`Effect::PostForm`]; `None` if there was no response.
    FormResponse(Call, Option<TokenResponse<'a>>),
    /// Came of [`Effect::ReadRow`]: the row, if there is one. Empty if it is longer than allowed, or no text.
    RowRead(Result<Option<String>, StorageError>),
    /// Came of [`Effect::WriteRow`].
    RowWritten(Result<(), StorageError>),
    /// Came of [`Effect::ListClients`].
    Clients(Vec<Client>),
    /// Came of [`Effect::MakeKey`]; `None` if the platform refused.
    PublicKey(Option<Vec<u8>>),
    /// Came of [`Effect::Seal`].
    Sealed {
        /// The keeper's stream.
        stream: FetchId,
        /// As the effect had it.
        generation: Generation,
        /// `None` if the platform refused.
        bytes: Option<Vec<u8>>,
    },
    /// Came of [`Effect::Open`]; `None` if it was not sealed for this worker.
    Opened(FetchId, Option<Vec<u8>>),
    /// Nobody reads this stream any more.
    StreamClosed(FetchId),
    /// Another version of the worker script has this state now.
    Version(Version),
    /// The timer ran out.
    Timer,
}

/// Which request to the authorization server a response belongs to. The edge only hands it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// The refresh request.
    Renewal(Renewal),
    /// The code exchange of this callback.
    Exchange(FetchId),
    /// The revocation of this sign-out.
    Revocation(FetchId),
    /// A revocation that had failed at sign-out.
    LateRevocation,
}

/// What a request that goes to an API is made of, apart from the page's request.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The value of the `Authorization` header.
    pub authorization: Authorization,
    /// Send a `no-cors` request as CORS, with credentials for the same origin alone.
    pub as_cors: bool,
    /// Do not follow redirects.
    pub stop_redirects: bool,
    /// What to do about the body.
    pub body: Body,
}

/// What to do about an outgoing request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// It streams through, if there is one.
    Stream,
    /// The same. Meanwhile a copy is read, as long as it is no longer than [`policy::REPLAY_LIMIT`], for a second attempt.
    StreamAndHold,
    /// Send what was read by then.
    Held,
}

/// What to do about a fetch event.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Leave the request to the browser; if the event is over, send it as the page made it and respond with the result.
    Pass,
    /// Respond with this.
    Respond(Response),
    /// Respond with a network error.
    Fail,
    /// Send a request to the API. Leads to [`Event::Sent`].
    Send(Outgoing),
    /// Respond with what came of the last request that was sent.
    Deliver,
    /// Read the request's body before it is sent. Leads to [`Event::BodyRead`].
    ReadBody,
    /// Wait until the copy of the body is complete. Leads to [`Event::BodyRead`].
    AwaitBody,
    /// Hand over the request's body. Leads to [`Event::Body`].
    TakeBody,
    /// Look up the client that sent the request. Leads to [`Event::Client`].
    Identify,
    /// Respond with a stream, which begins with these bytes and is called by the fetch's number from now on.
    Stream {
        /// Its `Content-Type`.
        media_type: &'static str,
        /// The first bytes.
        first: Vec<u8>,
    },
}

/// Something the edge is to do. Effects are carried out in their order.
#[derive(Debug)]
pub enum Effect {
    /// To a fetch event.
    Fetch(FetchId, Action),
    /// Keep the worker alive for this fetch event (`ExtendableEvent.waitUntil`) until [`Effect::Release`].
    Extend(FetchId),
    /// See [`Effect::Extend`].
    Release(FetchId),
    /// Write to a stream.
    Write(FetchId, Vec<u8>),
    /// End a stream.
    End(FetchId),
    /// Post a form to the authorization server. Leads to [`Event::FormResponse`].
    PostForm(Call, FormRequest),
    /// Find out whether anything responds at this URL. Leads to [`Event::Probed`].
    Probe(FetchId, String),
    /// Read the stored row. Leads to [`Event::RowRead`].
    ReadRow,
    /// Write the row. Leads to [`Event::RowWritten`].
    WriteRow {
        /// The row.
        text: String,
        /// Delete the database first.
        reset: bool,
    },
    /// List all clients of the worker. Leads to [`Event::Clients`].
    ListClients,
    /// Make this worker's key pair. Leads to [`Event::PublicKey`].
    MakeKey,
    /// Seal a copy of the session for a keeper. Leads to [`Event::Sealed`].
    Seal {
        /// The keeper's stream.
        stream: FetchId,
        /// The keeper's public key.
        peer: Vec<u8>,
        /// The copy.
        copy: SessionCopy,
        /// Which tokens it has.
        generation: Generation,
    },
    /// Open what a keeper sealed for this worker. Leads to [`Event::Opened`].
    Open {
        /// For this fetch.
        id: FetchId,
        /// The keeper's public key.
        peer: Vec<u8>,
        /// What it sealed.
        sealed: Vec<u8>,
    },
    /// Send the version that waits a message, which keeps it from being stopped.
    KeepVersionAlive,
    /// Have the version that waits ask the browser once more to become active.
    AskToTakeOver,
    /// Set the timer, which leads to [`Event::Timer`] after so many milliseconds.
    SetTimer(u64),
    /// Write a line to the console.
    Log(String),
}
