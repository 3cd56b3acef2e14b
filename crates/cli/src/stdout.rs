//! Stdout, where results go and nothing else does, and stderr for the rest.
//!
//! A reader that closes the pipe early (`| head`) has what it wanted: that is no error, on either. A disk that is full is
//! one.

use loglik::Exit;
use serde::Serialize;
use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

/// Prints a part of a result.
macro_rules! say {
    ($($part:tt)*) => { $crate::stdout::write(format_args!($($part)*)) };
}

/// Prints a line of a result.
macro_rules! say_line {
    ($($part:tt)*) => { $crate::stdout::write(format_args!("{}\n", format_args!($($part)*))) };
}

/// Tells a line that is no result, on stderr.
macro_rules! tell_line {
    ($($part:tt)*) => { $crate::stdout::tell(format_args!("{}\n", format_args!($($part)*))) };
}

pub(crate) use {say, say_line, tell_line};

/// What `tell_line` calls; where nobody listens, nothing can be done.
pub(crate) fn tell(text: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(text);
}

/// A result that goes to a file: kept until it is whole.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// From here on results are kept.
pub(crate) fn keep() {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(String::new());
}

/// What was kept; from here on results are printed again.
pub(crate) fn kept() -> Option<String> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What the macros call; ends the process where nothing more can be printed.
pub(crate) fn write(text: Arguments<'_>) {
    if let Some(kept) = KEPT.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        kept.push_str(&text.to_string());
        return;
    }
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        end(&error);
    }
}

/// Stdout for those that write bytes; ends the process as [`write()`] does.
pub(crate) struct Out;

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::stdout().write(bytes).or_else(|error| end(&error))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stdout().flush().or_else(|error| end(&error))
    }
}

fn end(error: &Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(Exit::Ok as i32);
    }
    tell_line!("error[output]: stdout: {error}");
    std::process::exit(Exit::Resources as i32);
}

/// A result for machines.
pub(crate) fn json(result: &impl Serialize) {
    say_line!("{}", serde_json::to_string_pretty(result).expect("results are plain data"));
}
