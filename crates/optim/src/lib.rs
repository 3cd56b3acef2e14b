//! loglik-optim.
