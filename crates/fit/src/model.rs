//! A model: a likelihood and one linear predictor for each of its parameters. It knows no data.
//!
//! Coefficients of all predictors lie in one vector `beta` \[p\]; a predictor says which block of the chunk goes with
//! which range of it. Two predictors may name the same range (shared slopes) and the same block (softmax).

use loglik_design::{BlockSpec, Frame};
use loglik_likelihood::{Likelihood, Link, Support};
use std::sync::Arc;

/// One block of a predictor and where its coefficients begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Index of the block in a chunk.
    pub block: usize,
    /// Index of its first coefficient in `beta`.
    pub first: usize,
    /// Number of coefficients.
    pub coefs: usize,
}

/// The linear predictor of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    /// Blocks with their coefficient ranges.
    pub pieces: Vec<Piece>,
    /// Index of the chunk's offset column that is added, if any.
    pub offset: Option<usize>,
    /// A constant that is added: the whole predictor of a fixed parameter.
    pub constant: f64,
    /// Its link.
    pub link: Link,
    /// The coefficient of its intercept, if it has one.
    pub intercept: Option<usize>,
}

impl Predictor {
    /// The predictor of a parameter held at the coordinate whose linear predictor is `eta`.
    #[must_use]
    pub fn fixed(eta: f64, link: Link) -> Self {
        Self { pieces: Vec::new(), offset: None, constant: eta, link, intercept: None }
    }

    /// Whether nothing in it is estimated.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether another predictor is made of the same blocks.
    #[must_use]
    pub fn shares_blocks(&self, other: &Self) -> bool {
        self.pieces.iter().map(|x| x.block).eq(other.pieces.iter().map(|x| x.block))
    }

    /// Whether it is an intercept and nothing else.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.pieces.len() == 1
            && self.intercept.is_some()
            && self.pieces[0].coefs == 1
            && self.offset.is_none()
    }
}

/// A likelihood with its predictors.
#[derive(Clone)]
pub struct Model {
    /// The log density of a row.
    pub likelihood: Arc<dyn Likelihood>,
    /// One predictor a parameter, in the likelihood's order.
    pub predictors: Vec<Predictor>,
    /// Number of coefficients.
    pub p: usize,
}

impl Model {
    /// Support of parameter `k`.
    #[must_use]
    pub fn support(&self, k: usize) -> Support {
        self.likelihood.spec().params[k].support
    }

    /// Whether the linear predictor of parameter `k` is its coordinate `u`.
    #[must_use]
    pub fn is_direct(&self, k: usize) -> bool {
        self.predictors[k].link.is_direct(self.support(k))
    }

    /// The same model with every predictor an intercept (offsets kept), for null models: block `ones` of the
    /// chunk is the intercept. Fixed predictors stay fixed.
    #[must_use]
    pub fn null(&self, ones: usize) -> Self {
        let mut p = 0;
        let predictors = self
            .predictors
            .iter()
            .map(|predictor| {
                if predictor.is_fixed() {
                    return predictor.clone();
                }
                let first = p;
                p += 1;
                Predictor {
                    pieces: vec![Piece { block: ones, first, coefs: 1 }],
                    intercept: Some(first),
                    ..predictor.clone()
                }
            })
            .collect();
        Self { likelihood: Arc::clone(&self.likelihood), predictors, p }
    }

    /// By block of a chunk, whether a predictor has it                      `[b]`
    #[must_use]
    pub fn blocks(&self) -> Vec<bool> {
        let mut wanted = Vec::new();
        for piece in self.predictors.iter().flat_map(|predictor| &predictor.pieces) {
            wanted.resize(wanted.len().max(piece.block + 1), false);
            wanted[piece.block] = true;
        }
        wanted
    }

    /// A panic-free check that ranges and blocks fit the frame.
    #[must_use]
    pub fn fits(&self, frame: &Frame) -> bool {
        self.predictors.len() == self.likelihood.spec().k()
            && self.predictors.iter().flat_map(|x| &x.pieces).all(|piece| {
                piece.first + piece.coefs <= self.p
                    && frame.blocks.get(piece.block).map(BlockSpec::coefs) == Some(piece.coefs)
            })
            && self.predictors.iter().filter_map(|x| x.offset).all(|o| o < frame.offsets)
    }
}
