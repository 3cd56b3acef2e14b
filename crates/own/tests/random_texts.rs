//! Ten thousand texts drawn from the grammar: compiled ones mean what the evaluator says, none panics or hangs.

use loglik_expr::{Column, Columns, parse_program};
use loglik_likelihood::{Likelihood, Order, RowDerivs, Tail};
use loglik_own::{Densities, Own};

const N: usize = 8;

struct Rows {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Columns for Rows {
    fn rows(&self) -> usize {
        N
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|n| n == name).map(|at| &self.columns[at])
    }
    fn file_row(&self, row: usize) -> usize {
        row
    }
}

/// Numbers x and y, counts n, levels g, and the parameters as columns of one value.
fn rows(a: f64, b: f64) -> Rows {
    let number = |values: [f64; N]| Column::Number(values.to_vec());
    let levels = ["u".to_owned(), "v".to_owned()].into();
    let codes = vec![0, 1, 1, 0, 0, 1, 0, 1];
    Rows {
        names: ["x", "y", "n", "g", "a", "b"].map(str::to_owned).to_vec(),
        columns: vec![
            number([0.3, -1.2, 2.5, 0.0, 7.0, -0.4, 1.0, 3.3]),
            number([1.1, 0.2, 5.0, 2.0, 0.7, 9.0, 4.0, 1.0]),
            number([0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 12.0, 1.0]),
            Column::Category { codes, levels, ordered: false },
            number([a; N]),
            number([b; N]),
        ],
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// An expression with brackets around every part.
fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return random
            .pick(&["a", "b", "x", "y", "n", "2", "0.5", "1e3", "pi", "-1", "g == 'u'", "row"])
            .to_owned();
    }
    let mut inner = || expression(random, depth - 1);
    let (one, two) = (inner(), inner());
    match random.below(14) {
        0..4 => format!("({one} {} {two})", random.pick(&["+", "-", "*", "/"])),
        4 => format!("({one})^{}", random.pick(&["2", "3", "-1", "0.5", "a"])),
        5..8 => {
            let function = random.pick(&[
                "exp", "log", "log1p", "expm1", "sqrt", "lgamma", "sin", "cos", "atan", "erf", "sigmoid",
                "log_ndtr", "log1pexp", "abs", "tan", "ndtr", "digamma",
            ]);
            format!("{function}({one})")
        }
        8 => format!("{}({one}, {two})", random.pick(&["min", "max", "logaddexp", "logsumexp", "lbeta"])),
        9 => format!("if({one} {} {two}, {one}, {two})", random.pick(&["<", ">=", "==", "!="])),
        10 => format!(
            "{}({one}, {two}, exp(a))",
            random.pick(&["gaussian_lpdf", "gamma_lpdf", "student_t_lpdf"])
        ),
        11 => format!(
            "logsumexp({one}, {two}, a, -inf) - log_tweedie_series(y / 9, {one}, 1.2 + 0.5*sigmoid(b))"
        ),
        12 => format!(
            "{}, {one}, {two}, a)",
            random.pick(&["categorical_lpmf(n", "ordinal_lpmf(code(g)", "ordinal_lpmf(n, link = 'probit'"])
        ),
        _ => format!("(not ({one} > 0) and {two} in (1, 2, 3))"),
    }
}

fn values(text: &str, table: &Rows, params: &str, u: &[f64]) -> Option<RowDerivs> {
    let program = parse_program(&format!("{params}\nloglik = {text}")).ok()?;
    let own = Own::new(&program, table, &Densities).ok()?;
    let y = own.responses(table).ok()?;
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let u: Vec<Vec<f64>> = u.iter().map(|u| vec![*u; N]).collect();
    let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
    let mut out = RowDerivs::default();
    own.eval(Tail::Pdf, &y, &u, Order::Hessian, &mut out);
    Some(out)
}

/// The values of an expression without densities by the evaluator of columns, parameters being columns.
fn evaluated(text: &str, a: f64, b: f64) -> Option<Vec<f64>> {
    let tree = loglik_expr::parse_expression(text).ok()?;
    match loglik_expr::evaluate(&tree, &rows(a, b)).ok()? {
        Column::Number(values) => Some(values),
        Column::Category { .. } | Column::Sparse(_) => None,
    }
}

#[test]
fn ten_thousand_texts_mean_what_they_say_and_none_panics() {
    let mut random = Random(20_261_128);
    let began = std::time::Instant::now();
    let (mut compiled, mut compared, mut edges) = (0, 0, 0);
    for at in 0..10_000 {
        let text = expression(&mut random, 1 + at % 5);
        let (a, b) = (0.7, -1.3);
        let Some(out) = values(&text, &rows(a, b), "param a, b", &[a, b]) else { continue };
        compiled += 1;
        // Where the last bits of the parameters change the value, the formula has no digits to compare.
        let moved = |by: f64| evaluated(&text, a * (1.0 + by), b * (1.0 - by));
        let (Some(plain), Some(up), Some(down)) = (moved(0.0), moved(1e-12), moved(-1e-12)) else { continue };
        for row in 0..N {
            let spread = (up[row] - plain[row]).abs().max((down[row] - plain[row]).abs());
            if plain[row].is_finite() && spread.is_finite() && plain[row].abs() < 1e100 {
                compared += 1;
                // At the edge of a domain (0 ^ a, where there is no slope) the compiled form may have no value.
                if out.l[row].is_nan() {
                    edges += 1;
                    continue;
                }
                let error = (out.l[row] - plain[row]).abs();
                // Both forms round; the stable one less.
                let allowed = 1e-9 * plain[row].abs().max(1.0) + 1e4 * spread;
                assert!(error <= allowed, "{text}\nrow {row}: {} and {}", out.l[row], plain[row]);
            }
        }
    }
    assert!(edges * 500 < compared, "{edges} edges of {compared}");
    assert!(compiled > 5_500 && compared > 20_000, "{compiled} compiled, {compared} compared");
    // Two minutes on a slow machine without optimisation; a hang would take forever.
    assert!(began.elapsed().as_secs() < 300, "{:?}", began.elapsed());
}

/// Bytes of texts cut, doubled and swapped: whatever comes is refused or compiled.
#[test]
fn damaged_texts_are_refused_or_answered() {
    let whole = "param k > 0, p in (0, 1) = 0.5\neta ~ x + c(g)\nmu = exp(eta)\nloglik = log(p) + gamma_lpdf(y, shape = k, mean = mu)";
    let mut random = Random(3);
    let mut refused = 0;
    for _ in 0..2_000 {
        let mut bytes = whole.as_bytes().to_vec();
        for _ in 0..1 + random.below(3) {
            let (at, other) = (random.below(bytes.len()), random.below(bytes.len()));
            match random.below(4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, bytes[other]),
                2 => bytes.swap(at, other),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer = parse_program(&text).map_err(|e| e.pointed(&text)).and_then(|program| {
            Own::new(&program, &rows(0.0, 0.0), &Densities).map(drop).map_err(|e| e.pointed(&text))
        });
        if let Err(message) = answer {
            refused += 1;
            assert!(message.contains('^'), "no place is shown:\n{message}");
        }
    }
    assert!(refused > 1_000 && refused < 2_000, "{refused}");
}
