//! loglik-data.
