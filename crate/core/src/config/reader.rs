//! Reads a JSON value key by key, remembering the path, so that every error can name the key.

use super::{ConfigError, Environment};
use crate::decimal::decimal;
use crate::json::Value;
use crate::url::HttpUrl;

/// A value and the path that leads to it.
#[derive(Clone, Copy)]
pub(super) struct Located<'a> {
    path: Path<'a>,
    value: &'a Value,
}

/// The steps that lead to a value, the last one first. They are put together only for an error.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn text(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(Self::Root, key) => (*key).to_owned(),
            Self::Key(parent, key) => [&parent.text(), ".", key].concat(),
            Self::Index(parent, index) => [&parent.text(), "[", &decimal(*index as u64), "]"].concat(),
        }
    }
}

/// An object whose keys are all known.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(Located<'a>);

impl<'a> Located<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { path: Path::Root, value }
    }

    /// An error about this value: "`path` …".
    pub(super) fn error(&self, what: &str) -> ConfigError {
        match self.path {
            Path::Root => ConfigError::new(&["the configuration ", what]),
            path => ConfigError::new(&["`", &path.text(), "` ", what]),
        }
    }

    /// The object, none of whose keys is outside `known`.
    pub(super) fn fields(&self, known: &[&str]) -> Result<Fields<'a>, ConfigError> {
        let Value::Object(members) = self.value else { return Err(self.mistyped("an object")) };
        match members.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            None => Ok(Fields(*self)),
            Some((unknown, _)) => Err(ConfigError::new(&[
                "`",
                &Path::Key(&self.path, unknown).text(),
                "` is not a known key. Remove it, or use one of: ",
                &known.join(", "),
                ".",
            ])),
        }
    }

    /// A string as it was meant: white space around it comes from copying, and never fits what it is compared with.
    pub(super) fn string(&self) -> Result<&'a str, ConfigError> {
        let text = self.value.as_str().ok_or_else(|| self.mistyped("a string"))?;
        if text.trim() == text {
            Ok(text)
        } else {
            Err(self.error("begins or ends with white space. Remove it."))
        }
    }

    pub(super) fn non_empty_string(&self) -> Result<&'a str, ConfigError> {
        match self.string()? {
            "" => Err(self.error("is empty. Set it, or remove the key if it may be absent.")),
            text => Ok(text),
        }
    }

    pub(super) fn elements(&'a self) -> Result<Vec<Located<'a>>, ConfigError> {
        let Value::Array(values) = self.value else { return Err(self.mistyped("an array")) };
        let element = |(index, value)| Located { path: Path::Index(&self.path, index), value };
        Ok(values.iter().enumerate().map(element).collect())
    }

    pub(super) fn strings(&self) -> Result<Vec<String>, ConfigError> {
        self.elements()?.iter().map(|element| element.non_empty_string().map(str::to_owned)).collect()
    }

    /// An `https` URL, or an `http` one on a loopback host.
    pub(super) fn secure_url(&self, environment: &Environment<'_>) -> Result<HttpUrl, ConfigError> {
        self.parse_url(self.non_empty_string()?, environment)
    }

    /// The same, or a path of the app's own origin.
    pub(super) fn secure_url_or_path(
        &self,
        origin: &str,
        environment: &Environment<'_>,
    ) -> Result<HttpUrl, ConfigError> {
        match self.non_empty_string()? {
            path if path.starts_with('/') => self.parse_url(&[origin, path].concat(), environment),
            url => self.parse_url(url, environment),
        }
    }

    fn parse_url(&self, text: &str, environment: &Environment<'_>) -> Result<HttpUrl, ConfigError> {
        let href = (environment.parse_url)(text);
        let url = href.as_deref().and_then(HttpUrl::from_serialised).ok_or_else(|| {
            self.error("is not a URL the vault can use. Write an https URL without user name and password.")
        })?;
        if !url.has_plain_host() {
            return Err(self.error(
                "has a character in its host that no host name has. Wildcards are not supported: name each host.",
            ));
        }
        if url.is_secure() {
            Ok(url)
        } else {
            Err(self.error("is an http URL. Use https; http is for loopback hosts alone."))
        }
    }

    fn mistyped(&self, wanted: &str) -> ConfigError {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        self.error(&["is ", found, ". It must be ", wanted, "."].concat())
    }
}

impl Fields<'_> {
    /// The value of `key`; JavaScript's `undefined` and `null` count as absent.
    pub(super) fn get<'b>(&'b self, key: &'b str) -> Option<Located<'b>> {
        let value = self.0.value.get(key).filter(|value| !matches!(value, Value::Null))?;
        Some(Located { path: Path::Key(&self.0.path, key), value })
    }

    pub(super) fn required<'b>(&'b self, key: &'b str, what: &str) -> Result<Located<'b>, ConfigError> {
        self.get(key).ok_or_else(|| {
            ConfigError::new(&["`", &self.path_of(key), "` is missing. Set it to ", what, "."])
        })
    }

    /// One of a few words; the first is the default.
    pub(super) fn choice(&self, key: &str, words: &[&'static str]) -> Result<&'static str, ConfigError> {
        let chosen = self.get(key).map(|field| field.string().unwrap_or_default());
        let word = chosen.map_or(words.first(), |chosen| words.iter().find(|word| **word == chosen));
        word.copied().ok_or_else(|| {
            ConfigError::new(&["`", &self.path_of(key), "` must be one of \"", &words.join("\", \""), "\"."])
        })
    }

    /// `true` or `false`, which is the default.
    pub(super) fn switch(&self, key: &str) -> Result<bool, ConfigError> {
        match self.get(key).map(|field| field.value) {
            None => Ok(false),
            Some(Value::Bool(on)) => Ok(*on),
            Some(_) => Err(ConfigError::new(&["`", &self.path_of(key), "` must be true or false."])),
        }
    }

    fn path_of(&self, key: &str) -> String {
        Path::Key(&self.0.path, key).text()
    }
}
