//! Fetch events without a response.

use super::FetchId;
use super::api::ApiFetch;
use super::endpoints::{EndpointFetch, Stage};

#[derive(Debug)]
pub(super) enum Fetch {
    Api(ApiFetch),
    Endpoint(EndpointFetch, Stage),
}

/// In order of arrival, which is the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Fetches(pub(super) Vec<(FetchId, Fetch)>);

impl Fetches {
    pub(super) fn insert(&mut self, id: FetchId, fetch: Fetch) {
        let index = self.0.partition_point(|(other, _)| *other < id);
        self.0.insert(index, (id, fetch));
    }

    /// Removes and returns the fetch event `id` if it is due.
    pub(super) fn remove_if(&mut self, id: FetchId, is_due: impl Fn(&Fetch) -> bool) -> Option<Fetch> {
        let index = self.0.binary_search_by_key(&id, |(other, _)| *other).ok()?;
        self.0.get(index).is_some_and(|(_, fetch)| is_due(fetch)).then(|| self.0.remove(index).1)
    }
}
