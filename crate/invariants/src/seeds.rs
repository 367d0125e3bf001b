use std::{fs, path::Path};

/// The seeds of a fuzz target, by name, from `crate/fuzz/seeds`: one per line, `name: bytes`. `\n`, `\\` and `\x7f` are the
/// escapes of Rust's byte strings; a seed that begins or ends with a space has it as `\x20`. Lines that begin with `#` are
/// comments.
pub fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../fuzz/seeds/{target}.txt"));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, escaped) =
                line.split_once(':').unwrap_or_else(|| panic!("{target}: no name in {line}"));
            (name.to_owned(), bytes(escaped.trim()))
        })
        .collect()
}

fn bytes(escaped: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b'\\') => b'\\',
                Some(b'n') => b'\n',
                Some(b'x') => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => panic!("unknown escape {other:?} in {escaped}"),
            },
            byte => byte,
        });
    }
    bytes
}
