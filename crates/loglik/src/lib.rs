//! loglik.
