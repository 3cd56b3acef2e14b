//! The `loglik` program.

fn main() -> std::process::ExitCode {
    loglik_cli::run()
}
