//! Stdout, where results go and nothing else does.
//!
//! A reader that closes the pipe early (`| head`) has what it wanted: that is no error. A disk that is full is one.

use loglik::Exit;
use serde::Serialize;
use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write};

/// Prints a part of a result.
macro_rules! say {
    ($($part:tt)*) => { $crate::stdout::write(format_args!($($part)*)) };
}

/// Prints a line of a result.
macro_rules! say_line {
    ($($part:tt)*) => { $crate::stdout::write(format_args!("{}\n", format_args!($($part)*))) };
}

pub(crate) use {say, say_line};

/// What the macros call; ends the process where nothing more can be printed.
pub(crate) fn write(text: Arguments<'_>) {
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
    eprintln!("error[output]: stdout: {error}");
    std::process::exit(Exit::Resources as i32);
}

/// A result for machines.
pub(crate) fn json(result: &impl Serialize) {
    say_line!("{}", serde_json::to_string_pretty(result).expect("results are plain data"));
}
