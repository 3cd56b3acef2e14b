//! Units of the parameters of a nonlinear regression, read off its text: where a climb that was told nothing looks first.
//!
//! In `y = b1*exp(-b2*x) + b3*exp(-(x - b4)^2 / b5^2)` the exponents have no unit, so b2 is one over x, b4 and b5 are an x,
//! and b1 and b3 are a y: sizes to begin with are those of the columns. Sums ask for equal units, exponents and the arguments
//! of functions for none, products add; the demands are linear equations in the powers, solved one after the other, and one
//! that contradicts the text before it is passed over (Bridgman, 1922, Dimensional Analysis).

use loglik_expr::{Binary, Columns, Kind, Link, Program, Tree, Unary};

/// The unit of a parameter or predictor, as powers of the columns' units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit {
    /// Columns and their powers, none 0.
    pub powers: Vec<(String, f64)>,
    /// The column that it is added to or taken from, as in `x - b`: it marks a place on that column, `b` where the flag
    /// holds and `-b` where it does not.
    pub place: Option<(String, bool)>,
}

/// Units of the inputs of a program, in their order; `None` where the text does not tell          `[k]`
pub(crate) fn units(program: &Program, trees: [&Tree; 2], columns: &dyn Columns) -> Vec<Option<Unit>> {
    let params = program.params.iter().map(|p| p.name.as_str());
    let inputs: Vec<&str> = params.chain(program.predictors.iter().map(|p| p.name.as_str())).collect();
    let k = inputs.len();
    let places = vec![None; k];
    let mut reader = Reader { program, columns, inputs, bases: Vec::new(), equations: Vec::new(), places };
    let [y, mean] = trees.map(|tree| reader.unit(tree));
    reader.demand(&y.minus(&mean));
    (0..k).map(|i| reader.solved(i)).collect()
}

/// Powers of the inputs, then of the columns met so far, by place.
#[derive(Clone, Debug, Default)]
struct Powers {
    inputs: Vec<f64>,
    columns: Vec<f64>,
}

impl Powers {
    fn of(mut list: Vec<f64>, at: usize) -> Vec<f64> {
        list.resize(list.len().max(at + 1), 0.0);
        list[at] = 1.0;
        list
    }

    /// self + factor other.
    fn plus(&self, factor: f64, other: &Self) -> Self {
        let add = |a: &[f64], b: &[f64]| {
            let at = |list: &[f64], i: usize| list.get(i).copied().unwrap_or(0.0);
            (0..a.len().max(b.len())).map(|i| at(a, i) + factor * at(b, i)).collect()
        };
        Self { inputs: add(&self.inputs, &other.inputs), columns: add(&self.columns, &other.columns) }
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(-1.0, other)
    }

    fn scaled(&self, factor: f64) -> Self {
        Self::default().plus(factor, self)
    }

    /// Power of an input; rounding of earlier steps is none.
    fn input(&self, i: usize) -> f64 {
        self.inputs.get(i).copied().filter(|p| p.abs() > 1e-9).unwrap_or(0.0)
    }
}

struct Reader<'a> {
    program: &'a Program,
    columns: &'a dyn Columns,
    inputs: Vec<&'a str>,
    /// Columns by place.
    bases: Vec<String>,
    /// Solved so far: an input, and what it equals in other inputs and columns.
    equations: Vec<(usize, Powers)>,
    places: Vec<Option<(String, bool)>>,
}

impl Reader<'_> {
    /// The unit of a tree; what it asks of the units in it becomes equations.
    fn unit(&mut self, tree: &Tree) -> Powers {
        match &tree.kind {
            Kind::Name(name) => self.of_name(name),
            Kind::Unary(Unary::Minus | Unary::Plus, inner) => self.unit(inner),
            Kind::Binary(Binary::Power, base, exponent) => {
                let (unit, power) = (self.unit(base), self.unit(exponent));
                self.demand(&power);
                if let Some(power) = constant(exponent) {
                    return unit.scaled(power);
                }
                self.demand(&unit);
                Powers::default()
            }
            Kind::Chain(head, tail) if tail.iter().all(|(l, _)| matches!(l, Link::Times | Link::Over)) => {
                let mut unit = self.unit(head);
                for (link, factor) in tail {
                    let sign = if *link == Link::Times { 1.0 } else { -1.0 };
                    unit = unit.plus(sign, &self.unit(factor));
                }
                unit
            }
            Kind::Chain(head, tail) if tail.iter().all(|(l, _)| matches!(l, Link::Plus | Link::Minus)) => {
                self.mark_places(head, tail);
                let unit = self.unit(head);
                for (_, term) in tail {
                    let other = self.unit(term);
                    self.demand(&unit.minus(&other));
                }
                unit
            }
            Kind::Call(name, args) if matches!(name.as_str(), "sqrt" | "abs" | "I") && args.len() == 1 => {
                let unit = self.unit(&args[0].value);
                unit.scaled(if name == "sqrt" { 0.5 } else { 1.0 })
            }
            Kind::Call(name, args) if matches!(name.as_str(), "if" | "min" | "max") => {
                let values = &args[usize::from(name == "if").min(args.len())..];
                let units: Vec<Powers> = values.iter().map(|arg| self.unit(&arg.value)).collect();
                units.windows(2).for_each(|pair| self.demand(&pair[0].minus(&pair[1])));
                units.into_iter().next().unwrap_or_default()
            }
            _ => {
                for child in tree.children() {
                    let unit = self.unit(child);
                    self.demand(&unit);
                }
                Powers::default()
            }
        }
    }

    fn of_name(&mut self, name: &str) -> Powers {
        if let Some(at) = self.inputs.iter().position(|input| *input == name) {
            return Powers { inputs: Powers::of(Vec::new(), at), columns: Vec::new() };
        }
        let program = self.program;
        if let Some(definition) = program.definitions.iter().find(|d| d.name == name) {
            return self.unit(&definition.value);
        }
        if self.columns.column(name).is_none() {
            return Powers::default();
        }
        let at = self.bases.iter().position(|base| base == name).unwrap_or_else(|| {
            self.bases.push(name.to_owned());
            self.bases.len() - 1
        });
        Powers { inputs: Vec::new(), columns: Powers::of(Vec::new(), at) }
    }

    /// Notes the inputs that stand beside a column in a sum.
    fn mark_places(&mut self, head: &Tree, tail: &[(Link, Tree)]) {
        let terms = std::iter::once((false, head)).chain(tail.iter().map(|(l, t)| (*l == Link::Minus, t)));
        let plain: Vec<(bool, &str)> = terms.filter_map(|(minus, term)| named(minus, term)).collect();
        let is_input = |name: &str| self.inputs.contains(&name);
        let column =
            plain.iter().find(|(_, name)| !is_input(name) && self.columns.column(name).is_some()).copied();
        let Some((column_minus, column)) = column else { return };
        for (minus, name) in plain {
            if let Some(at) = self.inputs.iter().position(|input| *input == name) {
                self.places[at] = Some((column.to_owned(), minus != column_minus));
            }
        }
    }

    /// Asks that a unit be none.
    fn demand(&mut self, unit: &Powers) {
        let mut rest = unit.clone();
        for (input, equals) in &self.equations {
            let power = rest.input(*input);
            rest.inputs.iter_mut().skip(*input).take(1).for_each(|p| *p = 0.0);
            rest = rest.plus(power, equals);
        }
        let largest =
            (0..self.inputs.len()).max_by(|i, j| rest.input(*i).abs().total_cmp(&rest.input(*j).abs()));
        let Some(pivot) = largest.filter(|i| rest.input(*i) != 0.0) else { return };
        let by = rest.input(pivot);
        rest.inputs[pivot] = 0.0;
        let equals = rest.scaled(-1.0 / by);
        for (_, other) in &mut self.equations {
            let power = other.input(pivot);
            other.inputs.iter_mut().skip(pivot).take(1).for_each(|p| *p = 0.0);
            *other = other.plus(power, &equals);
        }
        self.equations.push((pivot, equals));
    }

    fn solved(&self, input: usize) -> Option<Unit> {
        let equals = self.equations.iter().find(|(i, _)| *i == input).map(|(_, equals)| equals)?;
        if (0..self.inputs.len()).any(|i| equals.input(i) != 0.0) {
            return None;
        }
        let powers = self.bases.iter().cloned().zip(equals.columns.iter().copied());
        let powers = powers.filter(|(_, power)| power.abs() > 1e-9).collect();
        Some(Unit { powers, place: self.places[input].clone() })
    }
}

/// The name that a term of a sum is, and whether it is taken off.
fn named(minus: bool, term: &Tree) -> Option<(bool, &str)> {
    match &term.kind {
        Kind::Name(name) => Some((minus, name)),
        Kind::Unary(Unary::Minus, inner) => named(!minus, inner),
        _ => None,
    }
}

/// The number that a tree is.
fn constant(tree: &Tree) -> Option<f64> {
    match &tree.kind {
        Kind::Number(value) => Some(*value),
        Kind::Unary(Unary::Minus, inner) => Some(-constant(inner)?),
        Kind::Unary(Unary::Plus, inner) => constant(inner),
        Kind::Chain(head, tail) => tail.iter().try_fold(constant(head)?, |so_far, (link, next)| {
            let next = constant(next)?;
            match link {
                Link::Plus => Some(so_far + next),
                Link::Minus => Some(so_far - next),
                Link::Times => Some(so_far * next),
                Link::Over => Some(so_far / next),
                _ => None,
            }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglik_expr::{Column, parse_program};

    struct Named(Vec<String>, Column);

    impl Columns for Named {
        fn rows(&self) -> usize {
            0
        }
        fn names(&self) -> &[String] {
            &self.0
        }
        fn column(&self, name: &str) -> Option<&Column> {
            self.0.iter().any(|n| n == name).then_some(&self.1)
        }
        fn file_row(&self, row: usize) -> usize {
            row
        }
    }

    fn read(mean: &str) -> Vec<Option<Unit>> {
        let program = parse_program(&format!("param a, b, c\nmean = {mean}\nloglik = y")).expect("a text");
        let columns = Named(["y", "x", "t"].map(str::to_owned).to_vec(), Column::Number(Vec::new()));
        units(&program, [&program.loglik, &Tree::name("mean")], &columns)
    }

    fn unit(powers: &[(&str, f64)], place: Option<(&str, bool)>) -> Option<Unit> {
        Some(Unit {
            powers: powers.iter().map(|(name, power)| ((*name).to_owned(), *power)).collect(),
            place: place.map(|(name, sign)| (name.to_owned(), sign)),
        })
    }

    #[test]
    fn a_bell_has_its_place_and_width_in_the_unit_of_its_column() {
        let found = read("a*exp(-(x - b)^2 / c^2)");
        let x = |place| unit(&[("x", 1.0)], place);
        assert_eq!(found, [unit(&[("y", 1.0)], None), x(Some(("x", true))), x(None)]);
        // b + x puts the place at -b.
        assert_eq!(read("a*exp(c / (b + x))")[1], x(Some(("x", false))));
    }

    #[test]
    fn a_rate_is_one_over_its_column() {
        let found = read("a*(1 - exp(-b*t)) + c*x^2");
        assert_eq!(found[1], unit(&[("t", -1.0)], None));
        assert_eq!(found[2], unit(&[("y", 1.0), ("x", -2.0)], None));
    }

    #[test]
    fn what_the_text_leaves_open_stays_open() {
        let found = read("a*b*x + c");
        assert!(found[0].is_none() && found[1].is_none(), "{found:?}");
        assert_eq!(found[2], unit(&[("y", 1.0)], None));
        // The base of an unknown power is asked for no unit, which x contradicts: the demand is passed over.
        assert_eq!(read("a*x^b + c")[1], unit(&[], None));
    }
}
