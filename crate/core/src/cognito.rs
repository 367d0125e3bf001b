//! What AWS documents about the URLs of user pools. `sw-shim/src/configuration/cognito.json` has the same
//! facts for the command line; a test below compares them.

/// The two issuers of a user pool, `IssuerConfigurationType` in the Cognito API. A pool may change from one
/// to the other. `ORIGINAL` names the Region. `UPDATED`, which AWS recommends, names the primary Region in
/// every replica of a multi-Region pool, and so does the pool's ID.
pub(crate) fn issuers(region: &str, pool_id: &str) -> Vec<String> {
    let suffix = dns_suffix(region);
    let issuer = |host| [host, region, ".", suffix, "/", pool_id].concat();
    vec![issuer("https://cognito-idp."), issuer("https://issuer-cognito-idp.")]
}

/// The domain suffix of a Region's endpoints, which depends on its partition. FIPS endpoints issue the same
/// tokens.
fn dns_suffix(region: &str) -> &'static str {
    let partition = PARTITIONS.into_iter().find(|(prefix, _)| region.starts_with(prefix));
    partition.map_or("amazonaws.com", |(_, suffix)| suffix)
}

/// Partitions with their own suffix. The others, such as `us-gov-`, use `amazonaws.com`.
const PARTITIONS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
];

#[cfg(test)]
mod tests {
    use super::{PARTITIONS, issuers};

    #[test]
    fn a_user_pool_has_an_original_and_an_updated_issuer() {
        let rows = [
            ("eu-central-1", "eu-central-1.amazonaws.com"),
            ("us-gov-west-1", "us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "eusc-de-east-1.amazonaws.eu"),
            ("us-iso-east-1", "us-iso-east-1.c2s.ic.gov"),
        ];
        for (region, host) in rows {
            assert_eq!(
                issuers(region, "pool_A"),
                [
                    format!("https://cognito-idp.{host}/pool_A"),
                    format!("https://issuer-cognito-idp.{host}/pool_A")
                ]
            );
        }
    }

    #[test]
    fn the_command_line_knows_the_same_partitions() {
        let shared: serde_json::Value =
            serde_json::from_str(include_str!("../../../sw-shim/src/configuration/cognito.json")).unwrap();
        let ours: serde_json::Map<String, serde_json::Value> =
            PARTITIONS.map(|(prefix, suffix)| (prefix.to_owned(), suffix.into())).into_iter().collect();
        assert_eq!(shared["partitions"], serde_json::Value::Object(ours));
    }
}
