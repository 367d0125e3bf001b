//! The JSON parser.

use super::Value;

/// Maximum nesting depth, which bounds the recursion.
const DEEPEST: u8 = 127;

/// The rest of the text.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Parses the whole text as one value.
    pub(super) fn whole(mut self) -> Option<Value> {
        let value = self.value(DEEPEST)?;
        self.skip_space();
        self.rest.is_empty().then_some(value)
    }

    fn value(&mut self, depth: u8) -> Option<Value> {
        self.skip_space();
        match self.rest.first()? {
            b'{' => self.members(depth.checked_sub(1)?).map(Value::Object),
            b'[' => self.elements(depth.checked_sub(1)?).map(Value::Array),
            b'"' => self.string().map(Value::String),
            b't' => self.word(b"true", Value::Bool(true)),
            b'f' => self.word(b"false", Value::Bool(false)),
            b'n' => self.word(b"null", Value::Null),
            _ => self.number().map(Value::Number),
        }
    }

    fn members(&mut self, depth: u8) -> Option<Vec<(String, Value)>> {
        let mut members = Vec::new();
        while self.has_next(b'}', members.is_empty())? {
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            members.push((name, self.value(depth)?));
        }
        Some(members)
    }

    fn elements(&mut self, depth: u8) -> Option<Vec<Value>> {
        let mut elements = Vec::new();
        while self.has_next(b']', elements.is_empty())? {
            elements.push(self.value(depth)?);
        }
        Some(elements)
    }

    /// Whether another element follows. Consumes the opening bracket or the comma before it, or the closing
    /// `end`.
    fn has_next(&mut self, end: u8, first: bool) -> Option<bool> {
        self.skip_space();
        if first {
            self.byte()?;
            self.skip_space();
            return Some(!self.take(end));
        }
        if self.take(end) {
            return Some(false);
        }
        self.expect(b',')?;
        self.skip_space();
        Some(true)
    }

    fn string(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut text = Vec::new();
        loop {
            let plain = self.count(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20));
            text.extend_from_slice(self.advance(plain)?);
            match self.byte()? {
                b'"' => return String::from_utf8(text).ok(),
                b'\\' => text.extend_from_slice(self.escaped()?.encode_utf8(&mut [0; 4]).as_bytes()),
                _ => return None,
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        match self.byte()? {
            byte @ (b'"' | b'\\' | b'/') => Some(char::from(byte)),
            b'b' => Some('\x08'),
            b'f' => Some('\x0c'),
            b'n' => Some('\n'),
            b'r' => Some('\r'),
            b't' => Some('\t'),
            b'u' => self.code_point(),
            _ => None,
        }
    }

    /// A `\u` escape: one UTF-16 code unit, or two for a surrogate pair.
    fn code_point(&mut self) -> Option<char> {
        let mut code = self.code_unit()?;
        if let high @ 0xd800..0xdc00 = code {
            self.expect(b'\\')?;
            self.expect(b'u')?;
            let low = self.code_unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            code = 0x1_0000 + ((high - 0xd800) << 10) + low;
        }
        char::from_u32(code)
    }

    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.advance(4)?;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
    }

    fn number(&mut self) -> Option<String> {
        let start = self.rest;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let written = start.get(..start.len() - self.rest.len())?;
        String::from_utf8(written.to_vec()).ok()
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.count(u8::is_ascii_digit);
        self.advance(digits)?.first().map(drop)
    }

    fn word(&mut self, word: &[u8], value: Value) -> Option<Value> {
        (self.advance(word.len())? == word).then_some(value)
    }

    fn skip_space(&mut self) {
        let space = self.count(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.advance(space);
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// Consumes the next byte if it is `byte`.
    fn take(&mut self, byte: u8) -> bool {
        let next = self.rest.first() == Some(&byte);
        if next {
            self.byte();
        }
        next
    }

    fn byte(&mut self) -> Option<u8> {
        self.advance(1)?.first().copied()
    }

    /// The number of next bytes for which the predicate holds.
    fn count(&self, is_like_this: impl Fn(&u8) -> bool) -> usize {
        self.rest.iter().take_while(|byte| is_like_this(byte)).count()
    }

    fn advance(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}
