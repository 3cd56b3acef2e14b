//! What each pass over the rows cost, on stderr: a line a pass when asked, one line that moves on a terminal.

use crate::stdout::tell_line;
use loglik::{Error, PassSeen};
use std::io::{IsTerminal, Write};
use std::time::Instant;

/// Seconds before a terminal is told anything.
const PATIENCE: f64 = 1.0;

/// How passes are shown.
enum Shown {
    Off,
    Lines,
    Trace,
    Json,
    Terminal,
}

/// Passes as they are done.
pub(crate) struct Progress {
    shown: Shown,
    begun: Instant,
    wrote: bool,
}

impl Progress {
    /// * `word` of `--progress`
    pub(crate) fn new(word: &str, verbose: bool, trace: bool) -> Result<Self, Error> {
        let shown = match (word, verbose) {
            ("json", _) => Shown::Json,
            ("auto" | "off", _) if trace => Shown::Trace,
            ("auto" | "off", true) => Shown::Lines,
            ("auto", false) if std::io::stderr().is_terminal() => Shown::Terminal,
            ("auto" | "off", false) => Shown::Off,
            (other, _) => {
                return Err(Error::unknown_word("--progress", other, ["auto", "json", "off"].into_iter()));
            }
        };
        Ok(Self { shown, begun: Instant::now(), wrote: false })
    }

    /// Shows one pass.
    pub(crate) fn show(&mut self, pass: &PassSeen) {
        let so_far = self.begun.elapsed().as_secs_f64();
        let PassSeen { number, what, points, seconds, every, found } = pass;
        let at = if *points == 1 { String::new() } else { format!(" at {points} points") };
        match self.shown {
            Shown::Off => {}
            Shown::Lines => tell_line!("pass {number}: {what}{at}, {:.1} ms", 1e3 * seconds),
            Shown::Trace => {
                let of = if *every == 1 { String::new() } else { format!(" of 1/{every} of the rows") };
                let loglik = found.map_or(String::new(), |f| format!(": log-likelihood {:.6}", f.loglik));
                let slope = found.and_then(|f| f.slope);
                let slope = slope.map_or(String::new(), |g| format!(", largest slope {g:.1e} std.err."));
                tell_line!("pass {number}, {what}{at}{of}{loglik}{slope}");
            }
            Shown::Json => {
                let line = serde_json::json!({"pass": number, "what": what, "points": points,
                    "seconds": seconds, "elapsed": so_far, "every": every,
                    "loglik": found.map(|f| f.loglik), "slope": found.and_then(|f| f.slope)});
                tell_line!("{line}");
            }
            Shown::Terminal if so_far < PATIENCE => {}
            Shown::Terminal => {
                eprint!("\r\x1b[Kpass {number} ({what}), {so_far:.1} s");
                // A terminal that is gone is no reason to stop.
                let _ = std::io::stderr().flush();
                self.wrote = true;
            }
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn end(&self) {
        if self.wrote {
            eprint!("\r\x1b[K");
        }
    }
}
