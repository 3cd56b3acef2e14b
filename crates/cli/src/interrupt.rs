//! Ctrl-C leaves nothing half-written: what an output was written to until then goes, what stood there stays.

use loglik::Exit;
use loglik::data::Replacement;

/// From here on an interrupt removes the unfinished output of `path` and ends the process with 130.
pub(crate) fn cleans(path: &str) {
    let temporary = Replacement::temporary_name(path);
    let set = ctrlc::set_handler(move || {
        // It is there only while it is being written.
        let _ = std::fs::remove_file(&temporary);
        std::process::exit(Exit::Interrupted as i32);
    });
    // Without a handler the system ends the process, and the unfinished file has a name that says what it is.
    drop(set);
}
