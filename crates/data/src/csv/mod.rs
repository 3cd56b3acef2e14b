//! Delimited text: CSV, TSV and their relatives.

mod blocks;
mod cell;
mod collect;
mod header;
mod parse;
mod read;

pub(crate) use blocks::Blocks;
pub(crate) use header::{header, reopen};
pub(crate) use read::{Text, read, spool};
