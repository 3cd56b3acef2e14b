//! What an interrupted fit keeps: the answer to every pass over the rows so far.
//!
//! What a fit asks next follows from what it was told, never from a clock or the number of threads. So one that is told
//! the same answers again goes the same way without the rows, and then on, to the last bit of what it would have come to
//! undisturbed; intervals and tests, which are passes too, go on where they were. The file holds the request, one hash a
//! column of the rows used, and the answers, that of the moments with the responses that starts look at: lines of text, the last one the seal of those before it.

use crate::prepare::Prepared;
use crate::{Error, Exit, FitSpec, needed_columns};
use loglik_data::{Fingerprint, hash_of};
use loglik_fit::Tally;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The version that this program writes.
const FORMAT: &str = "loglik.checkpoint/1";

/// What the last line begins with.
const SEAL: &str = "seal ";

/// Numbers that are kept, at most: 64 MB. Passes beyond are made again.
const MOST_NUMBERS: usize = 8 << 20;

/// Bytes of a file, at most: seventeen a number.
const MOST_BYTES: u64 = 256 << 20;

/// Passes of an interrupted fit, with the request and the rows that they belong to.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    head: Head,
    passes: Vec<Kept>,
    /// The pass that is asked for next.
    at: usize,
    numbers: usize,
}

/// The first line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Head {
    format: String,
    version: String,
    request: Map<String, Value>,
    data: Fingerprint,
}

/// One pass: what was asked, and the sums if they are kept.
#[derive(Clone, Debug)]
struct Kept {
    asked: String,
    sums: Option<Vec<u64>>,
}

fn broken(message: &str) -> Error {
    Error::data("corrupt_file", format!("not a whole checkpoint: {message}")).remedy(ANEW)
}

const ANEW: &str = "leave out --resume to begin anew";

impl Checkpoint {
    /// Nothing yet: a fit from here begins at the beginning.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Passes that are kept.
    #[must_use]
    pub fn passes(&self) -> usize {
        self.passes.len()
    }

    /// The checkpoint as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = serde_json::to_string(&self.head).expect("a request is plain data");
        for Kept { asked, sums } in &self.passes {
            out.push('\n');
            out.push_str(asked);
            out.push(':');
            match sums {
                Some(sums) => sums.iter().for_each(|word| {
                    write!(out, " {word:x}").expect("a string takes all");
                }),
                None => out.push_str(" -"),
            }
        }
        out.push('\n');
        let seal = hash_of(&out);
        out + SEAL + &seal + "\n"
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// `no_such_file`, `corrupt_file`, `unsupported_version`.
    pub fn load(path: &str) -> Result<Self, Error> {
        let size = std::fs::metadata(path)
            .map_err(|error| Error::new("no_such_file", Exit::Request, format!("{path}: {error}")))?
            .len();
        let read = match size <= MOST_BYTES {
            true => std::fs::read_to_string(path).map_err(|error| broken(&error.to_string())),
            false => Err(broken(&format!("it has {size} bytes, more than any"))),
        };
        read.and_then(|text| Self::parse(&text))
            .map_err(|error| Error { message: format!("{path}: {}", error.message), ..error })
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// `corrupt_file`, `unsupported_version`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let cut = || broken("it was cut or edited");
        let (sealed, seal) = text
            .strip_suffix('\n')
            .and_then(|text| text.rfind('\n').map(|at| text.split_at(at + 1)))
            .ok_or_else(cut)?;
        if seal.strip_prefix(SEAL) != Some(hash_of(sealed).as_str()) {
            return Err(cut());
        }
        let mut lines = sealed.lines();
        let head: Head = serde_json::from_str(lines.next().unwrap_or_default())
            .map_err(|error| broken(&error.to_string()))?;
        if (head.format.as_str(), head.version.as_str()) != (FORMAT, env!("CARGO_PKG_VERSION")) {
            let message = format!("it was written by loglik {} as {}", head.version, head.format);
            return Err(Error::new("unsupported_version", Exit::Data, message).remedy(ANEW));
        }
        let mut out = Self { head, ..Self::default() };
        for line in lines {
            let (asked, sums) = line.rsplit_once(": ").ok_or_else(|| broken("a line is no pass"))?;
            let word = |word: &str| u64::from_str_radix(word, 16).ok();
            let sums = match sums {
                "-" => None,
                sums => Some(sums.split(' ').map(word).collect::<Option<Vec<u64>>>().ok_or_else(cut)?),
            };
            out.passes.push(Kept { asked: asked.to_owned(), sums });
        }
        Ok(out)
    }

    /// Makes this the checkpoint of a request, from its first pass on.
    pub(crate) fn begin(&mut self, spec: &FitSpec) -> Result<(), Error> {
        let request = request(spec)?;
        let there = &self.head.request;
        if !self.passes.is_empty() && *there != request {
            let names = there.keys().chain(request.keys().filter(|name| !there.contains_key(*name)));
            let differs = |name: &&String| there.get(*name) != request.get(*name);
            let shown = |value: Option<&Value>| value.map_or("the default".to_owned(), Value::to_string);
            let said = |name: &String| {
                format!("`{name}` was {}, now {}", shown(there.get(name)), shown(request.get(name)))
            };
            let said: Vec<String> = names.filter(differs).map(said).collect();
            let message = format!("the checkpoint is of another request: {}", said.join("; "));
            return Err(Error::request(message).remedy(format!("ask as before, or {ANEW}")));
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.head = Head { format: FORMAT.to_owned(), version, request, data: self.head.data.clone() };
        self.at = 0;
        self.count();
        Ok(())
    }

    /// Refuses rows that are not those of the passes kept.
    pub(crate) fn check_rows(&self, spec: &FitSpec, prepared: &Prepared) -> Result<(), Error> {
        if self.passes.is_empty() {
            return Ok(());
        }
        let (then, now) = (&self.head.data, rows_of(spec, prepared)?);
        let what = match (then.rows == now.rows, now.changed(then)) {
            (true, changed) if changed.is_empty() && then.changed(&now).is_empty() => return Ok(()),
            (true, changed) => format!("other values, or another order, in {}", changed.join(", ")),
            (false, _) => format!("{} rows were used, now {}", then.rows, now.rows),
        };
        let message = format!("the checkpoint is of other data: {what}");
        Err(Error::data("schema_mismatch", message).remedy(format!("give the same rows, or {ANEW}")))
    }

    /// Writes down which rows the passes are about.
    pub(crate) fn sign(&mut self, spec: &FitSpec, prepared: &Prepared) -> Result<(), Error> {
        self.head.data = rows_of(spec, prepared)?;
        Ok(())
    }

    /// The answer to the pass that is asked for next; `None` where it must be made. Where another pass was asked for then,
    /// what follows it is forgotten.
    ///
    /// * `zero` the answer over no rows
    pub(crate) fn next(&mut self, asked: &str, zero: impl FnOnce() -> Tally) -> Option<Tally> {
        let kept = self.passes.get(self.at)?;
        if kept.asked != asked {
            self.passes.truncate(self.at);
            self.count();
            return None;
        }
        let tally = Tally::from_words(kept.sums.as_ref()?).filter(|tally| tally.is_like(&zero()))?;
        self.at += 1;
        Some(tally)
    }

    /// Keeps the pass that was made; without its sums where there are none that stand for it, or too many.
    pub(crate) fn keep(&mut self, asked: String, tally: Option<&Tally>) {
        let room = MOST_NUMBERS.saturating_sub(self.numbers);
        let sums = tally.filter(|tally| tally.size() <= room).map(Tally::to_words);
        self.numbers += sums.as_ref().map_or(0, Vec::len);
        let kept = Kept { asked, sums };
        match self.passes.get_mut(self.at) {
            Some(made_again) => *made_again = kept,
            None => self.passes.push(kept),
        }
        self.at += 1;
    }

    fn count(&mut self) {
        self.numbers = self.passes.iter().filter_map(|kept| Some(kept.sums.as_ref()?.len())).sum();
    }
}

/// What is asked, as far as it decides what comes out.
fn request(spec: &FitSpec) -> Result<Map<String, Value>, Error> {
    let asked = crate::spec::serialize_asked(spec, serde_json::value::Serializer);
    let Ok(Value::Object(mut request)) = asked else {
        return Err(Error::new("internal", Exit::Internal, "a request that cannot be written down"));
    };
    if spec.method != loglik_fit::Method::default() {
        request.insert("optimizer".to_owned(), Value::String(format!("{:?}", spec.method)));
    }
    Ok(request)
}

/// The fingerprint of the rows used.
fn rows_of(spec: &FitSpec, prepared: &Prepared) -> Result<Fingerprint, Error> {
    prepared.fingerprint(&needed_columns(spec, prepared.table.names())?)
}
