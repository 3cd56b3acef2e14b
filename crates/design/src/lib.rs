//! loglik-design.
