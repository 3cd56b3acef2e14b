//! The `loglik` command.
fn main() {}
