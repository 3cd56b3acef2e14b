//! loglik-infer.
