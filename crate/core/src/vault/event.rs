//! The vault's events and effects.

use super::{FormRequest, Generation, Renewal};
use crate::authorization::Randomness;
use crate::policy;
use crate::response::Response;
use crate::secret::{Authorization, SessionCopy};
use crate::token::TokenResponse;

/// The number of a fetch event. The edge counts upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchId(pub u32);

/// Properties of a fetch event that the vault reads on demand, because each one takes the edge time.
pub trait Platform {
    /// The client ID of the page or worker that sent the request; empty for a navigation.
    fn client_id(&self) -> String;
    /// The request's `Content-Type`; empty if there is none.
    fn content_type(&self) -> String;
    /// The length of all header names and values together, in bytes.
    fn header_size(&self) -> usize;
    /// Whether the request may outlive its page.
    fn is_keepalive(&self) -> bool;
    /// Whether the request's body has already been read, even partly.
    fn is_body_used(&self) -> bool;
    /// `navigator.onLine`.
    fn is_online(&self) -> bool;
    /// Fresh random bytes; `None` if the platform refuses.
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

/// Result of [`Action::Send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A response with this status; 0 for a redirect that was not followed.
    Status(u16),
    /// A network error.
    Failed,
    /// The platform refused the request, for example because its body was used up. Nothing was sent.
    NotSent,
}

/// The name of the `DOMException`.
pub type StorageError = String;

/// The `ServiceWorkerState` of another version of the worker script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Being installed.
    Installing,
    /// Installed and waiting.
    Installed,
    /// Becoming active.
    Activating,
    /// Discarded.
    Redundant,
}

impl Version {
    /// Parses a `ServiceWorkerState`.
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

/// An event for the vault.
pub enum Event<'a> {
    /// A fetch event.
    Fetch {
        /// Its number.
        id: FetchId,
        /// The request.
        request: policy::Request<'a>,
        /// Access to its further properties.
        platform: &'a dyn Platform,
        /// Whether the vault crashed before it responded to this fetch event.
        retried: bool,
    },
    /// Result of [`Action::Send`].
    Sent(FetchId, Outcome),
    /// Result of [`Action::ReadBody`] or [`Action::AwaitBody`]: whether the edge has the whole body.
    BodyRead(FetchId, bool),
    /// Result of [`Action::TakeBody`].
    Body(FetchId, &'a [u8]),
    /// Result of [`Action::Identify`]; `None` if the client is gone.
    Client(FetchId, Option<Client>),
    /// Result of [`Effect::Probe`]: whether the server responded, with any status.
    Probed(FetchId, bool),
    /// Result of [`Effect::PostForm`]; `None` if there was no response.
    FormResponse(Call, Option<TokenResponse<'a>>),
    /// Result of [`Effect::ReadRow`].
    RowRead {
        /// The row, if there is one. Empty if it is too long or not text.
        row: Result<Option<String>, StorageError>,
        /// The device copy, if there is one. Empty if it was not to be opened or cannot be.
        copy: Option<Vec<u8>>,
    },
    /// Result of [`Effect::WriteRow`].
    RowWritten(Result<(), StorageError>),
    /// Result of [`Effect::ListClients`].
    Clients(Vec<Client>),
    /// Result of [`Effect::MakeKey`]; `None` if the platform refused.
    PublicKey(Option<Vec<u8>>),
    /// Result of [`Effect::Seal`].
    Sealed {
        /// The keeper's stream.
        stream: FetchId,
        /// The generation given in the effect.
        generation: Generation,
        /// `None` if the platform refused.
        bytes: Option<Vec<u8>>,
    },
    /// Result of [`Effect::Open`]; `None` if the copy was not sealed for this worker.
    Opened(FetchId, Option<Vec<u8>>),
    /// The reader of this stream is gone.
    StreamClosed(FetchId),
    /// Another version of the worker script has changed to this state.
    Version(Version),
    /// Another vault of this origin has performed [`Effect::SignOutElsewhere`].
    SignedOutElsewhere,
    /// The timer has fired.
    Timer,
}

/// Identifies a request to the authorization server. The edge returns it with the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// The refresh request.
    Renewal(Renewal),
    /// The code exchange of this callback.
    Exchange(FetchId),
    /// The revocation of this sign-out.
    Revocation(FetchId),
    /// Another revocation: the retry of a failed one, one after [`Event::SignedOutElsewhere`], or one of a session
    /// that another user's sign-in has replaced. Pages are told of its result only if the generation is still the
    /// same.
    LateRevocation(Generation),
}

/// How to send a request to an API.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The value of the `Authorization` header.
    pub authorization: Authorization,
    /// Send a `no-cors` request as a CORS request, with credentials only for the same origin.
    pub as_cors: bool,
    /// Do not follow redirects.
    pub stop_redirects: bool,
    /// How to send the body.
    pub body: Body,
}

/// How to send the body of a request to an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Stream it, if there is one.
    Stream,
    /// Stream it, and keep a copy for a replay if it is no longer than [`policy::REPLAY_LIMIT`].
    StreamAndHold,
    /// Send the copy.
    Held,
}

/// An action for one fetch event.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Leave the request to the browser. If the fetch event can no longer be left to it, send the request
    /// unchanged and respond with the result.
    Pass,
    /// Respond with this.
    Respond(Response),
    /// Respond with a network error.
    Fail,
    /// Send a request to the API. Leads to [`Event::Sent`].
    Send(Outgoing),
    /// Respond with the result of the last [`Action::Send`].
    Deliver,
    /// Read the request's body before the request is sent. Leads to [`Event::BodyRead`].
    ReadBody,
    /// Wait until the copy of the body is complete. Leads to [`Event::BodyRead`].
    AwaitBody,
    /// Report the request's body. Leads to [`Event::Body`].
    TakeBody,
    /// Look up the client that sent the request. Leads to [`Event::Client`].
    Identify,
    /// Respond with a stream. Later effects refer to it by the number of the fetch event.
    Stream {
        /// Its `Content-Type`.
        media_type: &'static str,
        /// The first bytes.
        first: Vec<u8>,
    },
}

/// An action for the edge. Effects are performed in order.
#[derive(Debug)]
pub enum Effect {
    /// An action for a fetch event.
    Fetch(FetchId, Action),
    /// Keep the worker alive for this fetch event (`ExtendableEvent.waitUntil`) until [`Effect::Release`].
    Extend(FetchId),
    /// End [`Effect::Extend`].
    Release(FetchId),
    /// Write to a stream.
    Write(FetchId, Vec<u8>),
    /// End a stream.
    End(FetchId),
    /// Post a form to the authorization server. Leads to [`Event::FormResponse`].
    PostForm(Call, FormRequest),
    /// Check whether a server responds at this URL. Leads to [`Event::Probed`].
    Probe(FetchId, String),
    /// Read what storage has. Leads to [`Event::RowRead`].
    ReadRow {
        /// Whether to open the device copy, or only say that there is one.
        opens_copy: bool,
    },
    /// Write the storage row and the device copy, both or neither. Leads to [`Event::RowWritten`].
    WriteRow {
        /// The row.
        text: String,
        /// Whether to delete the database first.
        reset: bool,
        /// The device copy, to be sealed. `None` deletes the stored one with its key.
        copy: Option<SessionCopy>,
    },
    /// List all clients of the worker. Leads to [`Event::Clients`].
    ListClients,
    /// Generate this worker's key pair. Leads to [`Event::PublicKey`].
    MakeKey,
    /// Seal a copy of the session for a keeper. Leads to [`Event::Sealed`].
    Seal {
        /// The keeper's stream.
        stream: FetchId,
        /// The keeper's public key.
        peer: Vec<u8>,
        /// The copy.
        copy: SessionCopy,
        /// The generation of its tokens.
        generation: Generation,
    },
    /// Decrypt a copy that a keeper sealed for this worker. Leads to [`Event::Opened`].
    Open {
        /// The fetch event.
        id: FetchId,
        /// The keeper's public key.
        peer: Vec<u8>,
        /// The sealed copy.
        sealed: Vec<u8>,
    },
    /// Have the other vaults of this origin sign out. A page can unregister a vault and keep it alive.
    SignOutElsewhere,
    /// Keep the waiting version alive with a message.
    KeepVersionAlive,
    /// Have the waiting version call `skipWaiting()` again.
    AskToTakeOver,
    /// Set the timer. Leads to [`Event::Timer`] after this many milliseconds.
    SetTimer(u64),
    /// Write a line to the console.
    Log(String),
}
