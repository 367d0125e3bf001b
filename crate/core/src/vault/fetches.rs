//! Fetch events without a response.

use super::FetchId;
use super::api::ApiFetch;
use super::endpoints::EndpointFetch;
use crate::time::Now;

#[derive(Debug)]
pub(super) enum Fetch {
    Api(ApiFetch),
    Endpoint(EndpointFetch),
}

/// In order of arrival, which is the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Fetches(Vec<(FetchId, Fetch)>);

impl Fetches {
    pub(super) fn insert(&mut self, id: FetchId, fetch: Fetch) {
        let index = self.0.partition_point(|(other, _)| *other < id);
        self.0.insert(index, (id, fetch));
    }

    pub(super) fn remove(&mut self, id: FetchId) -> Option<Fetch> {
        let index = self.0.binary_search_by_key(&id, |(other, _)| *other).ok()?;
        Some(self.0.remove(index).1)
    }

    /// Removes and returns all.
    pub(super) fn take(&mut self) -> Vec<(FetchId, Fetch)> {
        std::mem::take(&mut self.0)
    }

    /// Memory of the endpoint requests in bytes.
    pub(super) fn size_of_endpoint_fetches(&self) -> usize {
        let size = |fetch: &Fetch| match fetch {
            Fetch::Api(_) => 0,
            Fetch::Endpoint(fetch) => fetch.size(),
        };
        self.0.iter().map(|(_, fetch)| size(fetch)).sum()
    }

    /// Milliseconds until the first of them must be continued.
    pub(super) fn deadline(&self, now: Now) -> Option<u64> {
        let of = |fetch: &Fetch| match fetch {
            Fetch::Api(fetch) => fetch.deadline(now),
            Fetch::Endpoint(fetch) => fetch.deadline(now),
        };
        self.0.iter().filter_map(|(_, fetch)| of(fetch)).min()
    }
}
