//! Ctrl-C and SIGTERM: nothing is left half-written, and a fit whose passes can be kept ends with the one that runs.
//!
//! Until a fit has a pass to keep, and in every other verb, the first signal ends the process with 130: what an output was
//! written to until then goes, what stood there stays. After that the first asks the fit to stop; the second ends it.

use crate::stdout::tell_line;
use loglik::data::Replacement;
use loglik::{Exit, Interrupt};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether there is something that the first signal lets be kept.
static KEEPS: AtomicBool = AtomicBool::new(false);

/// What outputs are written to until they are whole.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// From here on a signal ends the process with 130, unless a fit keeps its passes.
pub(crate) fn listen() {
    // Without a handler the system ends the process, and an unfinished file has a name that says what it is.
    let _ = heard(|| {
        if KEEPS.load(Ordering::Relaxed) {
            tell_line!("finishing this pass over the rows, to keep what is done; once more stops at once");
            return;
        }
        for temporary in UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // It is there only while it is being written.
            let _ = std::fs::remove_file(temporary);
        }
        std::process::exit(Exit::Interrupted as i32);
    });
}

/// The output of `path` is cleaned away when the process is ended while it is being written.
pub(crate) fn cleans(path: &str) {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(Replacement::temporary_name(path));
}

/// What signals ask a fit through, once [`keeps`] was called.
pub(crate) fn asks() -> Interrupt {
    let flag = Arc::new(AtomicBool::new(false));
    // Without it the fit goes on to its end.
    let _ = set_by_signals(&flag);
    Interrupt::from(flag)
}

/// From here on the first signal asks the fit.
pub(crate) fn keeps() {
    KEEPS.store(true, Ordering::Relaxed);
}

/// Calls `each` at every signal, on a thread of its own.
#[cfg(unix)]
fn heard(each: impl Fn() + Send + 'static) -> std::io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(SIGNALS)?;
    std::thread::Builder::new().spawn(move || signals.forever().for_each(|_| each()))?;
    Ok(())
}

#[cfg(unix)]
const SIGNALS: [i32; 2] = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];

/// Sets a flag at the first signal, in the handler itself, and ends the process at the second.
#[cfg(unix)]
fn set_by_signals(flag: &Arc<AtomicBool>) -> std::io::Result<()> {
    for signal in SIGNALS {
        let ended = Exit::Interrupted as i32;
        signal_hook::flag::register_conditional_shutdown(signal, ended, Arc::clone(flag))?;
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(())
}

/// Calls `each` at Ctrl-C, on a thread of its own.
#[cfg(not(unix))]
fn heard(each: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || {
        let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match asked {
            Some(flag) if flag.swap(true, Ordering::Relaxed) => std::process::exit(Exit::Interrupted as i32),
            _ => each(),
        }
    })
}

#[cfg(not(unix))]
static ASKED: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

#[cfg(not(unix))]
fn set_by_signals(flag: &Arc<AtomicBool>) -> Result<(), std::convert::Infallible> {
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(flag));
    Ok(())
}
