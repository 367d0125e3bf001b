use super::may_resolve_elsewhere;
use proptest::prelude::*;

#[test]
fn look_alike_dot_segments_are_refused() {
    for path in [
        "/v1/..;/other",
        "/v1/..;a=b/other",
        "/v1/.;/../other",
        "/v1/%2e%2e%3b/other",
        "/v1/%2e%2e;x/other",
        "/v1/..%3bx/other",
        "/v1/%252e%252e/other",
        "/v1/%252e%252e%252fother",
        "/v1/%25252e%25252e/other",
        "/v1/x%252f..%252f..%252fother",
        "/v1/..%252fother",
        "/v1/..%20/other",
        "/v1/%20../other",
        "/v1/+../other",
        "/v1/..%00/other",
        "/v1/..%00x/other",
        "/v1/..%09/other",
        "/v1/%09../other",
        "/v1/.%09./other",
        "/v1/%252%09e%252%09e/other",
        "/v1/..%0a/other",
        "/v1/..%7f/other",
        "/v1/.../other",
        "/v1/.../",
        "/v1/..%2fother",
        "/v1/..%5cother",
        "/v1/x%2f%2e%2E%2Fother",
        "/v1/x%5c..%5cother",
        "/v1/..%3f/other",
        "/v1/..%23/other",
        "/v1/..,x/other",
        "/v1/%c0%ae%c0%ae/other",
        "/v1/%e0%80%ae%e0%80%ae/other",
        "/v1/x%c0%afy",
        "/v1/%u002e%u002e/other",
        "/v1/%25u002e%25u002e/other",
        "/v1/%ef%bc%8e%ef%bc%8e/other",
        "/v1/%e2%80%a5/other",
        "/v1/x%ef%bc%8f..%ef%bc%8fother",
        "/v1/%2e%2e",
        "/v1/..;",
        "/v1/.%20",
        "/v1/a%0d%0ab",
        "/v1/%25252525252525252525252e/x",
    ] {
        assert!(may_resolve_elsewhere(path), "{path}");
    }
}

#[test]
fn ordinary_paths_are_accepted() {
    for path in [
        "/",
        "/v1/",
        "/v1/notes",
        "/v1//notes",
        "/v1/notes;v=1",
        "/v1/notes;v=1/2",
        "/v1/a%20b",
        "/v1/a%2Fb",
        "/v1/a%5Cb",
        "/v1/100%25",
        "/v1/100%25%20off",
        "/v1/a%252Fb",
        "/v1/a%25252Fb",
        "/v1/%E6%97%A5%E6%9C%AC/gr%C3%BC%C3%9Fe",
        "/v1/.well-known/x",
        "/v1/.env",
        "/v1/..name",
        "/v1/report.final.pdf",
        "/v1/a..b/c.",
        "/v1/v1.0..2/~ada/-/_/@ada/$value/(1,2)/a:b/a=b&c",
        "/v1/%",
        "/v1/%zz",
        "/v1/what%3F%23",
        "/v1/a;b=%3B",
    ] {
        assert!(!may_resolve_elsewhere(path), "{path}");
    }
}

/// Models a server by what it does to a path before it looks for a handler.
#[derive(Debug, Clone)]
struct Server {
    /// In this order; a step may occur twice.
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Percent-decodes, and accepts overlong encodings.
    Decode,
    /// Decodes `%uXXXX`.
    DecodeIis,
    /// Cuts each segment at the first `;`.
    StripParameters,
    /// Cuts the path at this character.
    CutAt(char),
    /// Trims spaces at both ends of each segment.
    Trim,
    /// Removes tabs and line breaks, as a WHATWG parser does.
    RemoveBreaks,
    /// Strips dots and spaces from the end of each segment that is not a dot segment.
    StripTrailingDots,
    BackslashIsSlash,
    PlusIsSpace,
    /// Compatibility decomposition of characters that become dots and slashes.
    Decompose,
    MergeSlashes,
    /// RFC 3986 section 5.2.4.
    RemoveDotSegments,
}

const STEPS: [Step; 15] = [
    Step::Decode,
    Step::Decode,
    Step::DecodeIis,
    Step::StripParameters,
    Step::CutAt('\0'),
    Step::CutAt('?'),
    Step::CutAt('#'),
    Step::Trim,
    Step::RemoveBreaks,
    Step::StripTrailingDots,
    Step::BackslashIsSlash,
    Step::PlusIsSpace,
    Step::Decompose,
    Step::MergeSlashes,
    Step::RemoveDotSegments,
];

impl Server {
    fn any() -> impl Strategy<Value = Self> {
        prop::collection::vec(prop::sample::select(STEPS.to_vec()), 1..10).prop_map(|steps| Self { steps })
    }

    /// The segments of the path to which this server resolves `path`.
    fn resolve(&self, path: &str) -> Vec<String> {
        let mut path = path.to_owned();
        for step in self.steps.iter().chain(&[Step::MergeSlashes, Step::RemoveDotSegments]) {
            path = step.applied_to(&path);
        }
        path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
    }
}

impl Step {
    fn applied_to(self, path: &str) -> String {
        let each =
            |change: &dyn Fn(&str) -> String| path.split('/').map(change).collect::<Vec<_>>().join("/");
        match self {
            Self::Decode => decoded(path),
            Self::DecodeIis => decoded_as_iis(path),
            Self::StripParameters => each(&|segment| segment.split(';').next().unwrap().to_owned()),
            Self::CutAt(end) => path.split(end).next().unwrap().to_owned(),
            Self::Trim => {
                each(&|segment| segment.trim_matches(|c: char| c <= ' ' || c == '\u{7f}').to_owned())
            }
            Self::RemoveBreaks => path.replace(['\t', '\n', '\r'], ""),
            Self::StripTrailingDots => each(&|segment| match segment.trim_end() {
                dots @ ("." | "..") => dots.to_owned(),
                other => other.trim_end_matches(['.', ' ']).to_owned(),
            }),
            Self::BackslashIsSlash => path.replace('\\', "/"),
            Self::PlusIsSpace => path.replace('+', " "),
            Self::Decompose => path
                .replace(['\u{ff0f}', '\u{2215}'], "/")
                .replace(['\u{ff0e}', '\u{2024}'], ".")
                .replace('\u{2025}', ".."),
            Self::MergeSlashes => each(&str::to_owned).split('/').fold(String::new(), |merged, segment| {
                if segment.is_empty() { merged } else { merged + "/" + segment }
            }),
            Self::RemoveDotSegments => {
                let mut kept: Vec<&str> = Vec::new();
                for segment in path.split('/') {
                    match segment {
                        "." => {}
                        ".." => drop(kept.pop()),
                        other => kept.push(other),
                    }
                }
                kept.join("/")
            }
        }
    }
}

/// A lenient decoder: an overlong encoding of two or three bytes is the ASCII character it stands for.
fn decoded(path: &str) -> String {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    let mut text = Vec::new();
    let mut rest = &bytes[..];
    while let [byte, after @ ..] = rest {
        (text, rest) = match rest {
            [0xc0 | 0xc1, low @ 0x80..=0xbf, after @ ..] => (pushed(text, (byte << 6) | (low & 0x3f)), after),
            [0xe0, 0x80 | 0x81, low @ 0x80..=0xbf, after @ ..] => (pushed(text, low & 0x3f), after),
            _ => (pushed(text, *byte), after),
        };
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn pushed(mut bytes: Vec<u8>, byte: u8) -> Vec<u8> {
    bytes.push(byte);
    bytes
}

fn decoded_as_iis(path: &str) -> String {
    let mut parts = path.split("%u");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| match part.get(..4).map(|digits| u32::from_str_radix(digits, 16)) {
        Some(Ok(code)) => text + &char::from_u32(code).map(String::from).unwrap_or_default() + &part[4..],
        _ => text + "%u" + part,
    })
}

/// A path as a browser serialises it: dot segments are resolved, and non-ASCII characters are encoded.
fn as_sent(rest: &str) -> String {
    url::Url::parse("https://api.example.com")
        .unwrap()
        .join(&["/v1/", rest].concat())
        .unwrap()
        .path()
        .to_owned()
}

fn piece() -> impl Strategy<Value = String> {
    let dot = prop::sample::select(vec![
        ".",
        "%2e",
        "%2E",
        "%252e",
        "%25252e",
        "%c0%ae",
        "%e0%80%ae",
        "%u002e",
        "%25u002e",
        "%ef%bc%8e",
        "%e2%80%a5",
    ]);
    let slash = prop::sample::select(vec![
        "/",
        "/",
        "/",
        "\\",
        "%2f",
        "%5c",
        "%252f",
        "%255C",
        "%c0%af",
        "%ef%bc%8f",
        "%e2%88%95",
        "%u002f",
    ]);
    let other = prop::sample::select(vec![
        "x", "v1", "other", ";", ";a=b", "%3b", "%253b", "%20", "%2520", "%00", "%09", "%2509", "%0a", "%0d",
        "%7f", "+", "%3f", "%23", "%25", "%", "2", "e", "u002e", "ü", "~", ",", ":", "-",
    ]);
    prop_oneof![4 => dot, 3 => slash, 3 => other].prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn no_accepted_path_leaves_the_prefix_on_any_server(
        pieces in prop::collection::vec(piece(), 1..12),
        servers in prop::collection::vec(Server::any(), 8),
    ) {
        let path = as_sent(&pieces.concat());
        if path.starts_with("/v1/") && !may_resolve_elsewhere(&path) {
            for server in servers {
                let place = server.resolve(&path);
                prop_assert_eq!(place.first().map(String::as_str), Some("v1"), "{} by {:?}", path, server);
            }
        }
    }

    #[test]
    fn names_without_leading_dots_are_accepted(
        segments in prop::collection::vec(r"[a-zA-Z0-9_~@$!-][a-zA-Z0-9 .;=,:@üé日_~-]{0,8}%?", 0..5),
    ) {
        use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
        const ENCODED: &AsciiSet = &CONTROLS.add(b'%').add(b' ');
        let encode = |segment: &String| utf8_percent_encode(segment, ENCODED).to_string();
        let path = as_sent(&segments.iter().map(encode).collect::<Vec<_>>().join("/"));
        prop_assert!(!may_resolve_elsewhere(&path), "{}", path);
    }
}
