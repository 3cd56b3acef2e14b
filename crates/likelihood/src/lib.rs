//! Log densities, links and the wrappers around them.
