//! What the contract is run over: every family of the registry, with responses and coordinates to try it at.

use loglik_likelihood::{
    Args, Choice, Likelihood, Link, Order, Param, ResponseKind, RowDerivs, Support, Tail, families::ALL,
    parse,
};

/// A likelihood under test.
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) choice: Choice,
    pub(crate) domain: Domain,
}

/// Where the response lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Domain {
    Real,
    Positive,
    Unit,
    Count,
    Trials,
    Class,
}

/// Uniform numbers in (0, 1) from a fixed seed (Marsaglia's xorshift with a multiplier).
pub(crate) struct Uniform(pub(crate) u64);

impl Uniform {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

/// Options that make every family: three classes, counts where asked, a power where asked.
pub(crate) fn args() -> Args {
    Args { classes: ["a", "b", "c"].map(str::to_owned).to_vec(), tau: 0.3, ..Args::default() }
}

/// Every family, and variants that other options make.
pub(crate) fn subjects() -> Vec<Subject> {
    let mut made: Vec<Subject> =
        ALL.iter().map(|family| subject(family.name, family.name, &args())).collect();
    made.push(subject("tweedie at 1.6", "tweedie", &Args { power: Some(1.6), ..args() }));
    made.push(subject("counts of classes", "categorical", &Args { counts: true, ..args() }));
    made.push(subject(
        "categorical against the last",
        "categorical",
        &Args { reference: Some("c".into()), ..args() },
    ));
    for structure in ["adjacent", "continuation", "stopping"] {
        made.push(subject(structure, "ordinal", &Args { structure: Some(structure.to_owned()), ..args() }));
    }
    made.push(subject("ordinal probit", "ordinal", &Args { link: Some(Link::Probit), ..args() }));
    made
}

fn subject(name: &str, text: &str, args: &Args) -> Subject {
    let choice = parse(text, args).unwrap_or_else(|error| panic!("{name}: {error}"));
    let domain = domain(&*choice.likelihood);
    Subject { name: name.to_owned(), choice, domain }
}

fn domain(likelihood: &dyn Likelihood) -> Domain {
    let admits = |y: f64| likelihood.admits(&[&[y]]).is_ok();
    match likelihood.spec().response {
        ResponseKind::Trials => Domain::Trials,
        ResponseKind::Class | ResponseKind::ClassCounts => Domain::Class,
        _ if likelihood.spec().discrete => Domain::Count,
        _ if admits(-1.5) => Domain::Real,
        _ if admits(2.5) => Domain::Positive,
        _ => Domain::Unit,
    }
}

impl Subject {
    pub(crate) fn likelihood(&self) -> &dyn Likelihood {
        &*self.choice.likelihood
    }
    pub(crate) fn k(&self) -> usize {
        self.likelihood().spec().k()
    }
    /// Coordinates near the middle of the parameter space.
    pub(crate) fn some_u(&self, random: &mut Uniform) -> Vec<f64> {
        let params = &self.likelihood().spec().params;
        let mut step = 0.0;
        let mut coordinate = |p: &Param| {
            let u = random.between(-0.9, 0.9) * if p.support == Support::Real { 0.5 } else { 1.0 };
            // Thresholds are ordered: one apart at least.
            step += if p.group.is_some() { 1.9 } else { 0.0 };
            if p.group.is_some() { u + step } else { u }
        };
        params.iter().map(&mut coordinate).collect()
    }
    /// A response with some probability at `u`.
    pub(crate) fn some_y(&self, u: &[f64], random: &mut Uniform) -> Vec<f64> {
        if self.domain == Domain::Trials {
            let trials = (random.between(1.0, 20.0)).floor();
            return vec![(random.between(0.0, trials + 1.0)).floor(), trials];
        }
        let columns = self.likelihood().spec().columns.len();
        if columns > 1 {
            return (0..columns).map(|_| random.between(0.0, 6.0).floor()).collect();
        }
        loop {
            let drawn = self.likelihood().sample(u, &mut || random.next());
            let drawn = drawn.unwrap_or_else(|| panic!("{} draws no sample", self.name));
            // Some never fail: their time is infinite.
            if drawn.is_finite() {
                return vec![drawn];
            }
        }
    }
    /// Value, gradient and packed Hessian of one row.
    pub(crate) fn at(&self, tail: Tail, y: &[f64], u: &[f64]) -> Row {
        at(self.likelihood(), tail, y, u)
    }
    pub(crate) fn l(&self, tail: Tail, y: &[f64], u: &[f64]) -> f64 {
        evaluate(self.likelihood(), tail, y, u, Order::Value).l[0]
    }
}

/// One row's value and derivatives.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) l: f64,
    pub(crate) g: Vec<f64>,
    pub(crate) h: Vec<f64>,
}

pub(crate) fn at(likelihood: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64]) -> Row {
    let out = evaluate(likelihood, tail, y, u, Order::Hessian);
    let k = u.len();
    let g = (0..k).map(|i| out.g(i)[0]).collect();
    let h = (0..k).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| out.h(i, j)[0]).collect();
    Row { l: out.l[0], g, h }
}

fn evaluate(likelihood: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64], order: Order) -> RowDerivs {
    let y: Vec<[f64; 8]> = y.iter().map(|&y| [y; 8]).collect();
    let u: Vec<[f64; 8]> = u.iter().map(|&u| [u; 8]).collect();
    let y: Vec<&[f64]> = y.iter().map(|c| &c[..]).collect();
    let u: Vec<&[f64]> = u.iter().map(|c| &c[..]).collect();
    let mut out = RowDerivs::new(8, u.len());
    likelihood.eval(tail, &y, &u, order, &mut out);
    out
}

/// Log densities of many responses at one `u`.
pub(crate) fn many(likelihood: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64]) -> Vec<f64> {
    let n = y.len().div_ceil(8) * 8;
    let mut padded = y.to_vec();
    padded.resize(n, y[y.len() - 1]);
    let u: Vec<Vec<f64>> = u.iter().map(|&u| vec![u; n]).collect();
    let u: Vec<&[f64]> = u.iter().map(|c| &c[..]).collect();
    let mut out = RowDerivs::new(n, u.len());
    likelihood.eval(tail, &[&padded], &u, Order::Value, &mut out);
    out.l.truncate(y.len());
    out.l
}
