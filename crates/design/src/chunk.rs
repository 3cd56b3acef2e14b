//! Some rows of the data, column by column, as every pass reads them.
//!
//! A chunk owns its buffers and is filled once (in memory) or again and again (streams). Rows are padded to a
//! lane: padded rows repeat the last row's response and carry weight 0. Dense columns lie one after the other
//! with a stride of `n + 8`, because a power-of-two stride halves the speed by cache aliasing.

use loglik_expr::Sparse;

/// The code of a row that has no coefficient in a `Levels` block (the base level).
pub const NO_COEF: u32 = u32::MAX;

/// Dense columns of a chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dense {
    /// Number of columns.
    pub cols: usize,
    /// Distance between the starts of two columns.
    pub stride: usize,
    /// The columns, shifted and scaled                                      `[cols][stride]`
    pub data: Vec<f64>,
}

impl Dense {
    /// A block of zeros for `n` padded rows.
    #[must_use]
    pub fn new(cols: usize, n: usize) -> Self {
        let stride = n + 8;
        Self { cols, stride, data: vec![0.0; cols * stride] }
    }

    /// Column `j`, from the first row on                                    `[stride]`
    #[must_use]
    pub fn col(&self, j: usize) -> &[f64] {
        &self.data[j * self.stride..(j + 1) * self.stride]
    }

    /// Column `j`, to be written                                            `[stride]`
    pub fn col_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.data[j * self.stride..(j + 1) * self.stride]
    }
}

/// One categorical of a chunk, kept as codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// Number of coefficients.
    pub coefs: usize,
    /// For each row its coefficient, or `NO_COEF`                           `[n]`
    pub codes: Vec<u32>,
    /// What multiplies the coefficient: absent for 1 (interaction with a dense column) `[n]`
    pub times: Option<Vec<f64>>,
}

/// Part of a design.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The intercept: a column of ones.
    Ones,
    /// Dense columns.
    Dense(Dense),
    /// One categorical, kept as codes.
    Levels(Levels),
    /// Many columns of which each row has few, as they lie in the table.
    Sparse(Sparse),
}

impl Block {
    /// Calls `each(coefficient, x)` for every entry of one row.
    #[inline]
    pub fn each_entry(&self, row: usize, mut each: impl FnMut(usize, f64)) {
        match self {
            Self::Ones => each(0, 1.0),
            Self::Dense(x) => (0..x.cols).for_each(|j| each(j, x.data[j * x.stride + row])),
            Self::Levels(x) => {
                let code = x.codes[row];
                if code != NO_COEF {
                    each(code as usize, x.times.as_ref().map_or(1.0, |t| t[row]));
                }
            }
            Self::Sparse(x) => {
                let (index, value) = x.row(row);
                index.iter().zip(value).for_each(|(j, v)| each(*j as usize, *v));
            }
        }
    }
}

/// What a block is, without its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockSpec {
    /// The intercept.
    Ones,
    /// So many dense columns.
    Dense(usize),
    /// A categorical with so many coefficients; whether a column multiplies it.
    Levels(usize, bool),
    /// So many sparse columns.
    Sparse(usize),
}

impl BlockSpec {
    /// Number of coefficients.
    #[must_use]
    pub fn coefs(&self) -> usize {
        match self {
            Self::Ones => 1,
            Self::Dense(cols) => *cols,
            Self::Levels(coefs, _) | Self::Sparse(coefs) => *coefs,
        }
    }
}

/// Some rows of the data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Rows that are data; the rest up to `n` are padding.
    pub rows: usize,
    /// Padded rows, a multiple of 8.
    pub n: usize,
    /// Number of the first row among all rows used, from 0.
    pub first_row: usize,
    /// Response columns                                                     `[r][n]`
    pub y: Vec<Vec<f64>>,
    /// Row multiplier: frequency, sampling or plain weights; 0 on padding    `[n]`
    pub weight: Vec<f64>,
    /// Logs of precision weights, absent when there are none                `[n]`
    pub log_precision: Option<Vec<f64>>,
    /// Offsets, one column per predictor that has one                       `[o][n]`
    pub offsets: Vec<Vec<f64>>,
    /// Codes of the rows' groups (clusters, time order), one column per key  `[g][n]`
    pub keys: Vec<Vec<u32>>,
    /// Parts of the design                                                  `[b]`
    pub blocks: Vec<Block>,
}
