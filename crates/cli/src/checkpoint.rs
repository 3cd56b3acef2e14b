//! Where an interrupted fit keeps its passes, and how it goes on.
//!
//! `MODEL.checkpoint` beside the model file; without one `loglik-HASH.checkpoint` in the working folder, where HASH is of
//! the request and the name of the data, so that the same command finds it.

use crate::args::SharedArgs;
use crate::request_words;
use crate::stdout::tell_line;
use loglik::data::{Replacement, hash_of};
use loglik::{Checkpoint, Error, FitSpec};
use std::path::Path;

/// A checkpoint and its file.
pub(crate) struct Kept {
    pub(crate) passes: Checkpoint,
    path: String,
    resumed: bool,
}

impl Kept {
    /// With `--resume` what the file has, else nothing yet.
    pub(crate) fn begin(spec: &FitSpec, data: &str, args: &SharedArgs) -> Result<Self, Error> {
        let path = path(spec, data, args);
        let found = Path::new(&path).exists();
        let mut out = Self { passes: Checkpoint::new(), path, resumed: args.resume };
        let path = &out.path;
        match (args.resume, found) {
            (true, true) => {
                out.passes = Checkpoint::load(path)?;
                let n = out.passes.passes();
                out.tell(args, format!("going on after pass {n}, from {}", out.path));
            }
            (true, false) => out.tell(args, format!("there is no {path}: from the beginning")),
            (false, true) => {
                out.tell(args, format!("{path} is left of an interrupted fit: --resume goes on from it"))
            }
            (false, false) => {}
        }
        Ok(out)
    }

    fn tell(&self, args: &SharedArgs, text: String) {
        if !args.quiet {
            tell_line!("{}", loglik_report::escape_terminal(&text));
        }
    }

    /// Writes what an interrupted fit has done, and says how it goes on.
    pub(crate) fn keep(&self, error: Error) -> Result<Error, Error> {
        let n = self.passes.passes();
        Replacement::write(&self.path, &self.passes.text())?;
        let mut words: Vec<String> = std::env::args().collect();
        if !self.resumed {
            words.push("--resume".to_owned());
        }
        let message = format!(
            "stopped after {n} pass{} over the rows, kept in {}",
            if n == 1 { "" } else { "es" },
            self.path
        );
        Ok(Error { message, ..error }.remedy(format!("go on with: {}", request_words::typed(&words))))
    }

    /// Takes away what a fit that is done went on from.
    pub(crate) fn done(&self) {
        if self.resumed {
            // One that stays is refused or passed over, never taken for another.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The file of a fit's checkpoint.
fn path(spec: &FitSpec, data: &str, args: &SharedArgs) -> String {
    match args.output.as_deref() {
        Some(path) if path != "-" => format!("{path}.checkpoint"),
        _ => {
            let request = serde_json::to_string(spec).expect("a request is plain data");
            format!("loglik-{}.checkpoint", hash_of(&format!("{request} {data}")))
        }
    }
}
