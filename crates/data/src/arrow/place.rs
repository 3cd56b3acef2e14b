//! Where the bytes of a file lie that is read from several places of it.

use bytes::Bytes;

use crate::input::Input;

/// A file that can be opened again, or all its bytes.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(Input),
    Memory(Bytes),
}
