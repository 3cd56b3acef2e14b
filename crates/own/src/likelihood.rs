//! An own likelihood: every parameter and every linear predictor of the text is one coordinate.
//!
//! What the text reads of the data becomes the response columns, so that the engine, which knows no expressions, carries
//! an own likelihood like any other. Nothing is known of its shape: it is not taken for concave, and every coordinate on
//! the whole line counts as a location.

use crate::regression::Regression;
use loglik_expr::{
    self as expr, Column, Compiled, Domain, EvalError, Input, Kind, Library, Output, Program, Scratch,
    Source, Tree, compile, evaluate, is_function,
};
use loglik_likelihood::{
    Columns, Likelihood, Moments, Order, Param, ResponseColumn, ResponseKind, RowDerivs, Spec, Support, Tail,
    UnitDeviance, Violation,
};
use std::cell::RefCell;

thread_local! {
    /// Buffers of the register machine, one set a thread.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A user's likelihood.
pub struct Own {
    spec: Spec,
    compiled: Compiled,
    starts: Vec<Option<f64>>,
    response: Option<Tree>,
    regression: Option<Regression>,
}

impl Own {
    /// Compiles a text over the columns of a table; its rows are not looked at.
    ///
    /// # Errors
    /// What [`compile`] refuses: unknown names, texts where numbers are needed, a program that grows too large.
    pub fn new(
        program: &Program,
        columns: &dyn expr::Columns,
        library: &dyn Library,
    ) -> Result<Self, EvalError> {
        let inputs = inputs(program);
        let source = Source {
            loglik: &program.loglik,
            definitions: &program.definitions,
            inputs: &inputs,
            columns,
            library,
        };
        let compiled = compile(source)?;
        let regression = Regression::of(program, source)?;
        let response = response(program, columns, library);
        let spec = Spec {
            name: "own".to_owned(),
            params: inputs.iter().map(|input| Param::new(&input.name, support(input.domain))).collect(),
            response: ResponseKind::Number,
            columns: vec![ResponseColumn { name: "y" }],
            source: "written by the user",
            tails: false,
            discrete: response.is_none(),
            precision: None,
            shared_predictor: false,
            concave: false,
            quadratic: false,
            by_difference: false,
            sufficient: None,
            link_inside: false,
            own: true,
        };
        let given = program.params.iter().zip(&spec.params);
        let mut starts: Vec<Option<f64>> =
            given.map(|(param, shown)| param.start.map(|value| shown.support.coordinate(value))).collect();
        starts.resize(inputs.len(), None);
        Ok(Self { spec, compiled, starts, response, regression })
    }

    /// The response columns of a table's rows: the observed value that densities are asked for (zeros where the text
    /// calls none), then what the compiled text reads                                            `[columns][n]`
    ///
    /// # Errors
    /// What [`evaluate`] finds.
    pub fn responses(&self, columns: &dyn expr::Columns) -> Result<Vec<Vec<f64>>, EvalError> {
        let first = match &self.response {
            Some(tree) => match evaluate(tree, columns)? {
                Column::Number(values) => values,
                Column::Category { .. } | Column::Sparse(_) => vec![0.0; columns.rows()],
            },
            None => vec![0.0; columns.rows()],
        };
        let mut out = vec![first];
        out.extend(self.compiled.prepare(columns)?);
        if let Some(regression) = &self.regression {
            out.extend(regression.prepare(columns)?);
        }
        Ok(out)
    }

    /// What the response columns are, as typed or as expressions over the table; the first is the observed value.
    #[must_use]
    pub fn response_names(&self) -> Vec<String> {
        let first = self.response.as_ref().map_or_else(String::new, ToString::to_string);
        let mut names = vec![first];
        names.extend(self.compiled.data().iter().map(ToString::to_string));
        names
    }

    /// Whether the value depends on coordinate `k` at all.
    #[must_use]
    pub fn uses(&self, k: usize) -> bool {
        self.compiled.uses(k)
    }

    /// The coordinate at which parameter `k` begins.
    #[must_use]
    pub fn start(&self, k: usize) -> f64 {
        self.starts[k].unwrap_or(0.0)
    }

    /// Which coordinates have a start in the text                             `[k]`
    #[must_use]
    pub fn given_starts(&self) -> Vec<bool> {
        self.starts.iter().map(Option::is_some).collect()
    }

    /// The text as nonlinear least squares, where it is one: `y = f(x, parameters) + error` with one free `sigma`.
    #[must_use]
    pub fn regression(&self) -> Option<&Regression> {
        self.regression.as_ref()
    }

    /// Columns of the regression among the response columns.
    fn regression_columns<'a>(&self, y: Columns<'a>) -> Columns<'a> {
        &y[1 + self.compiled.data().len()..]
    }
}

/// Parameters, then predictors: the order of the coordinates.
fn inputs(program: &Program) -> Vec<Input> {
    let params =
        program.params.iter().map(|p| Input { name: p.name.clone(), domain: p.domain, is_common: true });
    let predictors = program.predictors.iter().map(|p| Input {
        name: p.name.clone(),
        domain: Domain::Real,
        is_common: false,
    });
    params.chain(predictors).collect()
}

/// The coordinate that the compiled text takes is that of this support.
fn support(domain: Domain) -> Support {
    match domain {
        Domain::Real => Support::Real,
        Domain::Above(0.0) => Support::Positive,
        Domain::Above(low) => Support::Above(low),
        Domain::Below(high) => Support::Below(high),
        Domain::Between(0.0, 1.0) => Support::Unit,
        Domain::Between(low, high) => Support::Between(low, high),
    }
}

/// The value that the first library density is asked for, where it is made of columns alone.
fn response(program: &Program, columns: &dyn expr::Columns, library: &dyn Library) -> Option<Tree> {
    let trees = std::iter::once(&program.loglik).chain(program.definitions.iter().map(|d| &d.value));
    for tree in trees {
        let mut found = None;
        tree.walk(&mut |node| {
            if let Kind::Call(name, args) = &node.kind
                && found.is_none()
                && !is_function(name)
                && library.density(name, args).is_ok_and(|found| found.is_some())
            {
                found = args.first().map(|arg| arg.value.clone());
            }
        });
        if let Some(tree) = found {
            let plain = !tree.names().is_empty()
                && tree.names().iter().all(|n| matches!(columns.column(n), Some(Column::Number(_))));
            return plain.then_some(tree);
        }
    }
    None
}

impl Likelihood for Own {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, _: Columns<'_>) -> Result<(), Violation> {
        Ok(())
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        out.reset(u[0].len(), u.len());
        if tail != Tail::Pdf {
            out.l.fill(f64::NAN);
            return;
        }
        let order = match order {
            Order::Value => expr::Order::Value,
            Order::Hessian => expr::Order::Hessian,
        };
        let planes = Output { l: &mut out.l, g: &mut out.g, h: &mut out.h };
        SCRATCH.with_borrow_mut(|scratch| self.compiled.eval(order, &y[1..], u, scratch, planes));
    }

    fn starts(&self, _: &Moments) -> Vec<Vec<f64>> {
        vec![(0..self.starts.len()).map(|k| self.start(k)).collect()]
    }

    fn variance(&self, u: &[f64]) -> Option<f64> {
        Some(self.regression.as_ref()?.variance(u))
    }

    fn dispersion_model(&self, y: &[f64], u: &[f64]) -> Option<UnitDeviance> {
        let regression = self.regression.as_ref()?;
        let columns: Vec<Vec<f64>> = y.iter().map(|v| vec![*v; 8]).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let residual = regression.residual(self.regression_columns(&columns), u);
        Some(UnitDeviance { y: residual, mu: 0.0, variance: 1.0, deviance: residual * residual, weight: 1.0 })
    }

    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        let Some(regression) = &self.regression else { return false };
        let columns: Vec<Vec<f64>> = y.iter().map(|v| vec![*v; 8]).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        regression.expected_info(self.regression_columns(&columns), u, out);
        true
    }
}
