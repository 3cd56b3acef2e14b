//! `loglik mle`: a likelihood of the user's own, from a file or as it stands.

use crate::args::MleArgs;
use crate::fit;
use loglik::{Error, Exit, FitSpec, expr::MAX_BYTES, own_text};
use std::io::Read;
use std::path::Path;

/// Fits and prints; the exit code says how the fit ended.
pub(crate) fn run(args: &MleArgs) -> Result<Exit, Error> {
    if args.text == "-" && args.data == "-" {
        return Err(Error::request("text and data cannot both be standard input"));
    }
    let mut spec = FitSpec::own(&own_text(&text(&args.text)?, &args.param));
    spec.starts =
        args.start.iter().map(|text| fit::named_number("--start", text)).collect::<Result<_, _>>()?;
    fit::share(&args.shared, &mut spec)?;
    fit::answer(&spec, &args.data, &args.shared)
}

/// The text on standard input.
fn read_stdin() -> Result<String, Error> {
    let mut text = String::new();
    let read = std::io::stdin().take(MAX_BYTES as u64 + 1).read_to_string(&mut text);
    read.map_err(|error| {
        Error::new("encoding", Exit::Request, format!("the text on standard input: {error}"))
    })?;
    Ok(text)
}

/// The text itself, that of the file that it names, or `-`, standard input.
fn text(word: &str) -> Result<String, Error> {
    if word == "-" {
        return read_stdin();
    }
    let path = Path::new(word);
    let is_path = word.len() < 4096 && !word.contains(['\n', '=', '(', ';']);
    if !is_path {
        return Ok(word.to_owned());
    }
    let failed =
        |error: std::io::Error| Error::new("no_such_file", Exit::Request, format!("{word}: {error}"));
    match std::fs::metadata(path) {
        Ok(found) if found.len() > MAX_BYTES as u64 => {
            let message = format!("{word} has {} bytes; at most {MAX_BYTES} are read", found.len());
            Err(Error::new("expression_too_large", Exit::Request, message))
        }
        Ok(_) => std::fs::read_to_string(path).map_err(failed),
        Err(error) if path.extension().is_some() => Err(failed(error)),
        Err(_) => Ok(word.to_owned()),
    }
}
