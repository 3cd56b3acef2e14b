//! The contract of every likelihood: run over the registry, so that none can enter without it.

mod corners;
mod derivatives;
mod dispersion;
mod golden;
mod laws;
mod names;
mod probability;
mod subjects;
