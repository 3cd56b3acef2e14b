//! Columnar files, read by Arrow's readers.

mod gather;
mod guard;
mod ipc;
mod parquet;
mod place;

pub(crate) use gather::Gather;
pub use guard::panic_is_caught;
pub(crate) use ipc::Ipc;
pub(crate) use parquet::Parquet;
pub(crate) use place::Place;
