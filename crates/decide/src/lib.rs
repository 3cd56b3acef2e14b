//! loglik-decide.
