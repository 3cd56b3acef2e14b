//! Terms to blocks and coefficients: how a predictor lies in a chunk, and what its coefficients are called.
//!
//! A term is a product of factors. Factors that are indicators (treatment coding, or all levels) stay one column of
//! codes however many there are: the cell of the row. Numbers, bases and other codings are columns; columns without
//! indicators go into the predictor's one dense block, columns with them multiply the codes. The first factor varies
//! fastest, as in R.

use std::ops::Range;

use crate::NO_COEF;
use crate::state::{FixedVariable, Shape};

/// A factor of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A column of a variable: its value, a column of its basis or of its coding.
    Column {
        /// The variable.
        variable: usize,
        /// The column, from 0.
        column: usize,
    },
    /// 1 where a category has this level, else 0.
    Indicator {
        /// The variable.
        variable: usize,
        /// The level, from 0.
        level: usize,
    },
}

/// A column as a product.
pub type Product = Vec<Piece>;

impl Piece {
    /// The variable that it is made of.
    pub(crate) fn variable(&self) -> usize {
        let (Self::Column { variable, .. } | Self::Indicator { variable, .. }) = self;
        *variable
    }
}

/// Combinations of levels, each with a coefficient.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// The categories and whether all their levels count.
    pub(crate) variables: Vec<(usize, bool)>,
    /// The cells that rows have, ascending, where not all do.
    pub(crate) seen: Option<Vec<u64>>,
    /// Number of coefficients.
    pub(crate) coefs: usize,
}

/// Where the codes of a `Levels` block come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Codes {
    /// Cells of categories.
    Cells(Cells),
    /// Codes handed in with the rows, by slot: thresholds of an ordinal response, for one.
    Given {
        /// Which of the columns of codes.
        slot: usize,
        /// Number of coefficients.
        coefs: usize,
    },
}

/// A part of the design, without rows.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockPlan {
    /// The intercept.
    Ones,
    /// Dense columns.
    Dense(Vec<Product>),
    /// Codes, perhaps multiplied by a column.
    Levels {
        /// Which coefficient each row has.
        codes: Codes,
        /// What multiplies it.
        times: Option<Product>,
    },
    /// A variable that is a block of sparse columns.
    Sparse {
        /// The variable.
        variable: usize,
        /// Number of coefficients.
        coefs: usize,
    },
}

/// One coefficient.
#[derive(Clone, Debug, PartialEq)]
pub struct Coef {
    /// Its machine name, without the parameter.
    pub name: String,
    /// The term it belongs to, by position among the predictor's terms; `None` for the intercept.
    pub term: Option<usize>,
    /// What it is about: `region` for `region[south]`.
    pub variable: String,
    /// The level, where it belongs to one (`south`); of an interaction all levels, joined by `:`.
    pub level: Option<String>,
    /// The block, by position among the predictor's blocks.
    pub block: usize,
    /// Its place among the block's coefficients.
    pub index: usize,
}

/// One term of a predictor.
#[derive(Clone, Debug, PartialEq)]
pub struct TermPlan {
    /// Its name: those of its variables, joined by `:`.
    pub name: String,
    /// Its coefficients, by position among the predictor's.
    pub coefs: Range<usize>,
}

/// One value that a factor of a term can take in the name of a coefficient.
struct Choice {
    label: String,
    level: Option<String>,
    /// The column or the code among the indicators.
    index: usize,
}

/// A term about to be laid out.
pub(crate) struct TermLayout<'a> {
    pub(crate) variables: &'a [FixedVariable],
    /// The variables in the term and whether all levels count.
    pub(crate) factors: Vec<(usize, bool)>,
    pub(crate) seen: Option<Vec<u64>>,
}

/// What a term adds.
#[derive(Default)]
pub(crate) struct TermBlocks {
    /// Dense columns, for the block shared by all terms; empty where there are indicators.
    pub(crate) columns: Vec<Product>,
    /// Blocks of codes.
    pub(crate) levels: Vec<BlockPlan>,
    /// Coefficients in R's order; `block` counts within `levels`, `index` within it or within `columns`.
    pub(crate) coefs: Vec<Coef>,
    /// Names of cells without rows, the first few.
    pub(crate) empty_cells: Vec<String>,
    /// Cells none of which has rows: no block, yet new rows may fall into them.
    pub(crate) hollow: Option<Cells>,
}

impl TermLayout<'_> {
    pub(crate) fn name(&self) -> String {
        let names: Vec<&str> = self.factors.iter().map(|(v, _)| self.variables[*v].name.as_str()).collect();
        names.join(":")
    }

    fn is_indicator(&self, factor: usize) -> bool {
        let (variable, all) = self.factors[factor];
        match self.variables[variable].shape() {
            Shape::Indicators(..) => true,
            Shape::Matrix(..) => all,
            _ => false,
        }
    }

    /// The categories that are cells.
    pub(crate) fn indicators(&self) -> Vec<(usize, bool)> {
        (0..self.factors.len()).filter(|f| self.is_indicator(*f)).map(|f| self.factors[f]).collect()
    }

    fn choices(&self, factor: usize) -> Vec<Choice> {
        let (variable, all) = self.factors[factor];
        let variable = &self.variables[variable];
        let name = &variable.name;
        let plain = |label: String, index| Choice { label, level: None, index };
        match variable.shape() {
            Shape::Number => vec![plain(name.clone(), 0)],
            Shape::Basis(columns) => (0..columns).map(|j| plain(format!("{name}[{}]", j + 1), j)).collect(),
            Shape::Matrix(levels, coding) if !all => {
                (1..levels.len()).map(|j| plain(format!("{name}[{}]", coding.label(j - 1)), j - 1)).collect()
            }
            Shape::Sparse(columns) => (0..columns).map(|j| plain(format!("{name}[{}]", j + 1), j)).collect(),
            Shape::Matrix(levels, _) => level_choices(name, levels, None),
            Shape::Indicators(levels, base) => level_choices(name, levels, (!all).then_some(base)),
        }
    }

    /// The variable and the number of columns of a term that is a block of sparse columns.
    fn sparse(&self) -> Option<(usize, usize)> {
        let &[(variable, _)] = self.factors.as_slice() else { return None };
        match self.variables[variable].shape() {
            Shape::Sparse(columns) => Some((variable, columns)),
            _ => None,
        }
    }

    /// Blocks and coefficients of the term.
    pub(crate) fn blocks(&self) -> TermBlocks {
        if let Some((variable, coefs)) = self.sparse() {
            return self.sparse_blocks(variable, coefs);
        }
        let choices: Vec<Vec<Choice>> = (0..self.factors.len()).map(|f| self.choices(f)).collect();
        let is_cell: Vec<bool> = (0..self.factors.len()).map(|f| self.is_indicator(f)).collect();
        let mut out = TermBlocks::default();
        let cells = self.cells(&choices, &is_cell);
        let products = self.products(&choices, &is_cell);
        match &cells {
            None => out.columns = products,
            Some(cells) if cells.coefs == 0 => out.hollow = cells.seen.is_some().then(|| cells.clone()),
            Some(cells) => {
                for times in products {
                    let times = (!times.is_empty()).then_some(times);
                    out.levels.push(BlockPlan::Levels { codes: Codes::Cells(cells.clone()), times });
                }
            }
        }
        let grid = Grid::new(&choices, &is_cell);
        let name = |place: &[usize]| {
            let labels: Vec<&str> =
                place.iter().zip(&choices).map(|(i, choices)| choices[*i].label.as_str()).collect();
            labels.join(":")
        };
        for place in grid.places(self.seen.as_deref()) {
            let column = grid.number(&place, false) as usize;
            let (block, index) = match &cells {
                None => (0, column),
                Some(cells) => (column, cells.coef(grid.number(&place, true)).unwrap_or(NO_COEF) as usize),
            };
            let levels: Vec<&str> =
                place.iter().zip(&choices).filter_map(|(i, choices)| choices[*i].level.as_deref()).collect();
            let level = (!levels.is_empty()).then(|| levels.join(":"));
            let (name, variable) = (name(&place), self.name());
            out.coefs.push(Coef { name, term: None, variable, level, block, index });
        }
        out.empty_cells = grid.empty(self.seen.as_deref()).iter().map(|place| name(place)).collect();
        out
    }

    fn sparse_blocks(&self, variable: usize, coefs: usize) -> TermBlocks {
        let about = self.name();
        let named = self.choices(0).into_iter().map(|choice| Coef {
            name: choice.label,
            term: None,
            variable: about.clone(),
            level: None,
            block: 0,
            index: choice.index,
        });
        let levels = vec![BlockPlan::Sparse { variable, coefs }];
        TermBlocks { levels, coefs: named.collect(), ..TermBlocks::default() }
    }

    fn cells(&self, choices: &[Vec<Choice>], is_cell: &[bool]) -> Option<Cells> {
        let variables = self.indicators();
        if variables.is_empty() {
            return None;
        }
        let all: usize = choices.iter().zip(is_cell).filter(|(_, is)| **is).map(|(c, _)| c.len()).product();
        let coefs = self.seen.as_ref().map_or(all, Vec::len);
        Some(Cells { variables, seen: self.seen.clone(), coefs })
    }

    /// Products of the factors that are columns, the first one varying fastest.
    fn products(&self, choices: &[Vec<Choice>], is_cell: &[bool]) -> Vec<Product> {
        let mut products: Vec<Product> = vec![Vec::new()];
        for (factor, (variable, _)) in self.factors.iter().enumerate().filter(|(f, _)| !is_cell[*f]) {
            let with = |choice: &Choice| {
                let piece = Piece::Column { variable: *variable, column: choice.index };
                products
                    .iter()
                    .map(|product| [product.as_slice(), std::slice::from_ref(&piece)].concat())
                    .collect::<Vec<_>>()
            };
            products = choices[factor].iter().flat_map(with).collect();
        }
        products
    }
}

impl Cells {
    /// The coefficient of a cell.
    pub(crate) fn coef(&self, cell: u64) -> Option<u32> {
        match &self.seen {
            None => u32::try_from(cell).ok(),
            Some(seen) => seen.binary_search(&cell).ok().and_then(|at| u32::try_from(at).ok()),
        }
    }
}

fn level_choices(name: &str, levels: &[String], base: Option<usize>) -> Vec<Choice> {
    let others = levels.iter().enumerate().filter(|(i, _)| Some(*i) != base);
    let choice = |(index, (_, level)): (usize, (usize, &String))| Choice {
        label: format!("{name}[{level}]"),
        level: Some(level.clone()),
        index,
    };
    others.enumerate().map(choice).collect()
}

/// All combinations of the choices of each factor; the number of a combination has the first factor's digit first.
struct Grid {
    /// Number of choices of each factor.
    sizes: Vec<usize>,
    is_cell: Vec<bool>,
}

impl Grid {
    fn new(choices: &[Vec<Choice>], is_cell: &[bool]) -> Self {
        Self { sizes: choices.iter().map(Vec::len).collect(), is_cell: is_cell.to_vec() }
    }

    /// The number of a combination among those of the factors that are cells, or of those that are not.
    fn number(&self, place: &[usize], of_cells: bool) -> u64 {
        let (mut number, mut stride) = (0, 1);
        for factor in (0..place.len()).filter(|factor| self.is_cell[*factor] == of_cells) {
            number += place[factor] as u64 * stride;
            stride *= self.sizes[factor] as u64;
        }
        number
    }

    /// Writes the digits of `number` for the factors that are cells, or for those that are not.
    fn spread(&self, mut number: u64, of_cells: bool, place: &mut [usize]) {
        for factor in (0..place.len()).filter(|factor| self.is_cell[*factor] == of_cells) {
            let size = self.sizes[factor] as u64;
            place[factor] = (number % size) as usize;
            number /= size;
        }
    }

    fn count(&self, of_cells: bool) -> u64 {
        let sizes = self.sizes.iter().zip(&self.is_cell).filter(|(_, is_cell)| **is_cell == of_cells);
        sizes.map(|(size, _)| *size as u64).product()
    }

    /// The combinations whose cell has rows, the first factor varying fastest.
    fn places(&self, seen: Option<&[u64]>) -> Vec<Vec<usize>> {
        let all: Vec<u64> = match seen {
            Some(seen) => seen.to_vec(),
            None => (0..self.count(true)).collect(),
        };
        let mut places: Vec<Vec<usize>> = Vec::with_capacity(all.len());
        for cell in all {
            for column in 0..self.count(false) {
                let mut place = vec![0; self.sizes.len()];
                self.spread(cell, true, &mut place);
                self.spread(column, false, &mut place);
                places.push(place);
            }
        }
        places.sort_by(|a, b| a.iter().rev().cmp(b.iter().rev()));
        places
    }

    /// The combinations whose cell has no rows; none are listed where there are too many to read.
    fn empty(&self, seen: Option<&[u64]>) -> Vec<Vec<usize>> {
        const READABLE: u64 = 10_000;
        match seen {
            Some(seen) if self.count(true) * self.count(false) <= READABLE => {
                let is_empty = |place: &Vec<usize>| seen.binary_search(&self.number(place, true)).is_err();
                self.places(None).into_iter().filter(is_empty).collect()
            }
            _ => Vec::new(),
        }
    }
}
