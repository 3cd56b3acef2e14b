//! Runners and checks of the house: conformance, nasty, separation, tidy.
fn main() {}
