//! The plan of a design: what a formula means for a table, fixed once, small, and good for any later table.
//!
//! Facts (texts, levels, knots, recurrences, which cells have rows) are stored; blocks, coefficients and their names
//! follow from them, on making and on loading alike.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::layout::{BlockPlan, Cells, Codes, Coef, Piece, Product, TermPlan};
use crate::pieces::{Pieces, each_piece};
use crate::predictor::{PredictorFacts, PredictorPlan, TermFacts, layouts};
use crate::state::{DesignNote, FixedVariable, Shape};
use crate::stored::StoredPlan;
use crate::values::{Unseen, Values, values};
use crate::variable::{Variable, VariableKind};
use crate::{BlockSpec, DesignError, Formula, cells};

/// A formula and what a table decided about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredPlan", into = "StoredPlan")]
pub struct Plan {
    pub(crate) columns: Vec<String>,
    pub(crate) variables: Vec<FixedVariable>,
    pub(crate) facts: Vec<PredictorFacts>,
    /// Cells of interactions none of which has rows.
    pub(crate) hollow: Vec<Cells>,
    /// Parts of the design, each once however many predictors have it; the first is the ones, needed or not.
    pub blocks: Vec<BlockPlan>,
    /// The predictors that the formula has a part for, the main one first.
    pub predictors: Vec<PredictorPlan>,
}

/// How a plan is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Columns that `.` leaves out beside those of the response: weights, offset, exposure, cluster.
    pub excluded: Vec<String>,
}

impl Plan {
    /// Fixes levels, knots and names.
    ///
    /// * `rows` the rows used: those with a missing value or weight 0 are gone, so that levels without rows are too
    ///
    /// # Errors
    /// [`DesignError`]: what in the formula or the rows cannot be, and where.
    pub fn new(formula: &Formula, rows: &dyn Pieces, options: &PlanOptions) -> Result<Self, DesignError> {
        let mut pool = Pool::default();
        let mut facts = Vec::new();
        for predictor in formula.predictors(rows.names(), &options.excluded)? {
            let terms = predictor.terms;
            let places = pool.places(terms.variables, rows)?;
            let offsets = pool.places(terms.offsets, rows)?;
            if let Some(offset) = offsets.iter().find(|v| pool.variables[**v].is_category()) {
                return Err(DesignError::NotNumeric { column: pool.variables[*offset].name.clone() });
            }
            if let Some(offset) =
                offsets.iter().find(|v| matches!(pool.variables[**v].shape(), Shape::Sparse(_)))
            {
                return Err(DesignError::SparseTerm { column: pool.variables[*offset].name.clone() });
            }
            let term = |term: Vec<usize>| TermFacts {
                variables: term.into_iter().map(|v| places[v]).collect(),
                seen: None,
            };
            facts.push(PredictorFacts {
                parameter: predictor.parameter,
                intercept: terms.intercept,
                terms: terms.terms.into_iter().map(term).collect(),
                offsets,
            });
        }
        let variables = pool.variables;
        for predictor in &mut facts {
            note_cells(predictor, &variables, rows)?;
        }
        let read: BTreeSet<&str> = variables.iter().flat_map(|v| v.variable.value().names()).collect();
        let columns = rows.names().iter().filter(|name| read.contains(name.as_str())).cloned().collect();
        Self::assemble(columns, variables, facts)
    }

    /// Derives blocks, coefficients and names from the facts.
    ///
    /// # Errors
    /// [`DesignError::Stored`] where the facts do not hang together.
    pub(crate) fn assemble(
        columns: Vec<String>,
        mut variables: Vec<FixedVariable>,
        facts: Vec<PredictorFacts>,
    ) -> Result<Self, DesignError> {
        rename_twins(&mut variables);
        let mut plan = Self {
            columns,
            variables,
            facts: Vec::new(),
            hollow: Vec::new(),
            blocks: vec![BlockPlan::Ones],
            predictors: Vec::new(),
        };
        for predictor in &facts {
            let predictor = plan.predictor(predictor)?;
            plan.predictors.push(predictor);
        }
        plan.facts = facts;
        Ok(plan)
    }

    /// The columns of a table that the predictors need, in its order; those of the response are not among them.
    #[must_use]
    pub fn used_columns(&self) -> &[String] {
        &self.columns
    }

    /// What each block is, without rows.
    #[must_use]
    pub fn block_specs(&self) -> Vec<BlockSpec> {
        self.blocks.iter().map(BlockPlan::spec).collect()
    }

    /// The column that a coefficient multiplies, as a product.
    #[must_use]
    pub fn product(&self, predictor: &PredictorPlan, coef: &Coef) -> Product {
        match &self.blocks[predictor.blocks[coef.block]] {
            BlockPlan::Ones | BlockPlan::Levels { codes: Codes::Given { .. }, .. } => Product::new(),
            BlockPlan::Sparse { variable, .. } => {
                vec![Piece::Column { variable: *variable, column: coef.index }]
            }
            BlockPlan::Dense(columns) => columns[coef.index].clone(),
            BlockPlan::Levels { codes: Codes::Cells(cells), times } => {
                let levels = cells.levels(&self.variables, coef.index).into_iter();
                let indicators = levels.map(|(variable, level)| Piece::Indicator { variable, level });
                indicators.chain(times.iter().flatten().cloned()).collect()
            }
        }
    }

    /// Puts a block of codes that are handed in with the rows, and gives its position.
    ///
    /// * `slot`  which of the columns of codes
    /// * `coefs` number of coefficients
    /// * `times` what multiplies them
    ///
    /// Such blocks are the caller's: they are not stored with the plan.
    pub fn add_given(&mut self, slot: usize, coefs: usize, times: Option<Product>) -> usize {
        self.block(BlockPlan::Levels { codes: Codes::Given { slot, coefs }, times })
    }

    /// Legal things that a reader of the fit should know.
    #[must_use]
    pub fn notes(&self) -> Vec<DesignNote> {
        let note = |variable: &FixedVariable| match variable.levels() {
            [level] => {
                Some(DesignNote::OneLevelFactor { column: variable.name.clone(), level: level.clone() })
            }
            _ => None,
        };
        self.variables.iter().filter_map(note).collect()
    }

    /// The levels of each category, by the name of its coefficients.
    pub fn levels(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.variables.iter().filter(|v| v.is_category()).map(|v| (v.name.as_str(), v.levels()))
    }

    fn predictor(&mut self, facts: &PredictorFacts) -> Result<PredictorPlan, DesignError> {
        let mut out = PredictorPlan {
            parameter: facts.parameter.clone(),
            offsets: facts.offsets.clone(),
            ..PredictorPlan::default()
        };
        let laid: Vec<_> =
            layouts(facts, &self.variables)?.iter().map(|term| (term.name(), term.blocks())).collect();
        if facts.intercept {
            out.intercept = Some(0);
            out.coefs.push(intercept());
            out.blocks.push(self.block(BlockPlan::Ones));
        }
        let dense = out.blocks.len();
        let columns: Vec<Product> = laid.iter().flat_map(|(_, term)| term.columns.iter().cloned()).collect();
        if !columns.is_empty() {
            out.blocks.push(self.block(BlockPlan::Dense(columns)));
        }
        let mut columns_before = 0;
        for (t, (name, term)) in laid.into_iter().enumerate() {
            let first = out.coefs.len();
            let (block, index) = match term.levels.is_empty() {
                true => (dense, columns_before),
                false => (out.blocks.len(), 0),
            };
            columns_before += term.columns.len();
            out.coefs.extend(term.coefs.into_iter().map(|coef| Coef {
                term: Some(t),
                block: coef.block + block,
                index: coef.index + index,
                ..coef
            }));
            for levels in term.levels {
                out.blocks.push(self.block(levels));
            }
            out.empty_cells.extend(term.empty_cells);
            self.hollow.extend(term.hollow);
            out.terms.push(TermPlan { name, coefs: first..out.coefs.len() });
        }
        Ok(out)
    }

    /// The position of a block among the plan's, where it is put if no predictor has it yet.
    fn block(&mut self, block: BlockPlan) -> usize {
        self.blocks.iter().position(|other| *other == block).unwrap_or_else(|| {
            self.blocks.push(block);
            self.blocks.len() - 1
        })
    }
}

impl BlockPlan {
    /// What the block is, without rows.
    #[must_use]
    pub fn spec(&self) -> BlockSpec {
        match self {
            Self::Ones => BlockSpec::Ones,
            Self::Dense(columns) => BlockSpec::Dense(columns.len()),
            Self::Levels { codes, times } => {
                let (Codes::Given { coefs, .. } | Codes::Cells(Cells { coefs, .. })) = codes;
                BlockSpec::Levels(*coefs, times.is_some())
            }
            Self::Sparse { coefs, .. } => BlockSpec::Sparse(*coefs),
        }
    }

    /// Its columns of numbers: dense ones, or what multiplies codes.
    pub(crate) fn products(&self) -> impl Iterator<Item = &Product> {
        let products = match self {
            Self::Dense(columns) => columns.as_slice(),
            Self::Levels { times: Some(times), .. } => std::slice::from_ref(times),
            Self::Ones | Self::Levels { times: None, .. } | Self::Sparse { .. } => &[],
        };
        products.iter()
    }
}

fn intercept() -> Coef {
    let name = "(intercept)".to_owned();
    Coef { variable: name.clone(), name, term: None, level: None, block: 0, index: 0 }
}

/// The variables of a plan while they are collected, each once.
#[derive(Default)]
struct Pool {
    variables: Vec<FixedVariable>,
    places: BTreeMap<String, usize>,
}

impl Pool {
    /// Positions of variables among those of the plan, where they are put and fixed if they are not there yet.
    fn places(&mut self, variables: Vec<Variable>, rows: &dyn Pieces) -> Result<Vec<usize>, DesignError> {
        let mut places = Vec::with_capacity(variables.len());
        for variable in variables {
            let next = self.variables.len();
            let place = *self.places.entry(variable.key()).or_insert(next);
            if place == next {
                self.variables.push(FixedVariable::fix(variable, rows)?);
            }
            places.push(place);
        }
        Ok(places)
    }
}

/// Variables of one name (`factor(x)` beside `c(x, coding = sum)`) go by what was typed.
fn rename_twins(variables: &mut [FixedVariable]) {
    let names: Vec<String> = variables.iter().map(|v| v.variable.name().to_owned()).collect();
    for variable in variables {
        let twins = names.iter().filter(|name| **name == variable.variable.name()).count();
        if twins > 1 && matches!(variable.variable.kind, VariableKind::Category { .. }) {
            variable.name.clone_from(&variable.variable.typed);
        }
    }
}

/// Notes which cells of the interactions have rows.
fn note_cells(
    facts: &mut PredictorFacts,
    variables: &[FixedVariable],
    rows: &dyn Pieces,
) -> Result<(), DesignError> {
    const MANY: usize = 1000;
    // Before the cells are known a layout only tells which factors are indicators.
    let bare = PredictorFacts {
        terms: facts.terms.iter().map(|t| TermFacts { seen: Some(Vec::new()), ..t.clone() }).collect(),
        ..facts.clone()
    };
    let cells_of: Vec<(Vec<(usize, bool)>, String)> =
        layouts(&bare, variables)?.iter().map(|term| (term.indicators(), term.name())).collect();
    for (term, (indicators, name)) in facts.terms.iter_mut().zip(cells_of) {
        if indicators.len() < 2 {
            continue;
        }
        let too_many =
            |levels| DesignError::TooManyLevels { column: name.clone(), levels, rows: rows.rows() };
        let combinations = cells::combinations(variables, &indicators).ok_or_else(|| too_many(usize::MAX))?;
        let wanted: Vec<&str> =
            indicators.iter().flat_map(|(v, _)| variables[*v].variable.value().names()).collect();
        let mut seen: Vec<u64> = Vec::new();
        each_piece(rows, &wanted, |piece| {
            let mut codes = Vec::with_capacity(indicators.len());
            for (v, _) in &indicators {
                let all = 0..piece.rows();
                let Values::Codes(of) = values(&variables[*v], piece, &all, Unseen::Error)? else { continue };
                codes.push(of);
            }
            let codes: Vec<&[u32]> = codes.iter().map(AsRef::as_ref).collect();
            cells::add_seen(variables, &indicators, &codes, &mut seen);
            Ok(())
        })?;
        term.seen = (seen.len() as u64 != combinations).then_some(seen);
        let cells = term.seen.as_ref().map_or(combinations as usize, Vec::len);
        if cells > MANY && 2 * cells >= rows.rows() {
            return Err(too_many(cells));
        }
    }
    Ok(())
}
