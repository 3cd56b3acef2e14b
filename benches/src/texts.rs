//! `loglik-bench texts [--rows N] [--runs N]`: what a likelihood costs as a text, beside the built-in one.
//!
//! For every likelihood the log density of N rows with score and information, one thread, rows in chunks as a pass hands
//! them on; the least of the runs, in nanoseconds a row. Then the time to compile a text of two hundred nodes.

use loglik::expr::{Column, Columns, parse_program};
use loglik_likelihood::{Args, Family, Likelihood, Order, ResponseKind, RowDerivs, Support, Tail, families};
use loglik_own::{Densities, Own};
use std::fmt::Write;
use std::time::Instant;

/// Rows of a chunk.
const CHUNK: usize = 4096;

/// Chunks of different rows, used in turn.
const CHUNKS: usize = 4;

/// Classes of the likelihoods over classes.
const CLASSES: usize = 5;

/// Response columns by name.
struct Rows {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Columns for Rows {
    fn rows(&self) -> usize {
        CHUNK
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

/// Uniform numbers in (0, 1), the same on every machine.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
}

/// The page.
pub(crate) fn page(rows: usize, runs: usize) -> Result<String, String> {
    let mut out = format!("ns a row of value, score and information; {rows} rows, least of {runs}\n");
    for family in families::ALL {
        let _ = writeln!(out, "{}", line(family, rows, runs)?);
    }
    let text = long_text();
    let nodes = parse_program(&text).map_err(|e| e.pointed(&text))?.loglik.size();
    let mut best = f64::INFINITY;
    let table = Rows { names: vec!["y".to_owned()], columns: vec![Column::Number(vec![1.0; CHUNK])] };
    for _ in 0..runs.max(5) {
        let began = Instant::now();
        let program = parse_program(&text).map_err(|e| e.pointed(&text))?;
        Own::new(&program, &table, &Densities).map_err(|e| e.pointed(&text))?;
        best = best.min(began.elapsed().as_secs_f64());
    }
    let _ = writeln!(out, "a text of {nodes} nodes is compiled in {:.2} ms", 1e3 * best);
    Ok(out)
}

/// A mixture of Gaussians written out: eight parameters, two hundred nodes.
fn long_text() -> String {
    let part = |k: usize| {
        format!(
            "a{k} - log(s{k}) - 0.5*((y - m{k} - 0.1*sin(y)*exp(-b{k}*y^2/(1 + y^2)))/s{k})^2 + log1p(exp(-m{k}))"
        )
    };
    let each = |name: &str| (1..=4).map(|k| format!("{name}{k}")).collect::<Vec<_>>().join(", ");
    let parts: Vec<String> = (1..=4).map(part).collect();
    let declared = format!("param {}, {}, {}\nparam {} > 0", each("a"), each("m"), each("b"), each("s"));
    let declared = declared.replace(&format!("{} > 0", each("s")), &each("s").replace(',', " > 0,")) + " > 0";
    format!("{declared}\nloglik = logsumexp({}) - logsumexp({})", parts.join(", "), each("a"))
}

/// Both forms of a family, over the same rows.
fn line(family: &Family, rows: usize, runs: usize) -> Result<String, String> {
    let args = Args { classes: (1..=CLASSES).map(|c| format!("c{c}")).collect(), ..Args::default() };
    let built_in = (family.make)(&args).map_err(|error| error.to_string())?;
    let spec = built_in.spec();
    let text = text(family, built_in.as_ref());
    let program = parse_program(&text).map_err(|error| error.pointed(&text))?;
    let mut random = Uniform(5);
    let (mut plain, mut prepared, mut coordinates) = (Vec::new(), Vec::new(), Vec::new());
    let mut own = None;
    for _ in 0..CHUNKS {
        let u: Vec<Vec<f64>> =
            (0..spec.k()).map(|k| coordinate(family.name, built_in.as_ref(), k, &mut random)).collect();
        let y = responses(built_in.as_ref(), &u, &mut random);
        let shift = f64::from(u8::from(spec.response == ResponseKind::Class));
        let table = Rows {
            names: (0..y.len()).map(|c| format!("y{c}")).collect(),
            columns: y.iter().map(|y| Column::Number(y.iter().map(|v| v + shift).collect())).collect(),
        };
        let compiled = Own::new(&program, &table, &Densities).map_err(|error| error.pointed(&text))?;
        prepared.push(compiled.responses(&table).map_err(|error| error.pointed(&text))?);
        own = Some(compiled);
        plain.push(y);
        coordinates.push(u);
    }
    let own = own.ok_or("no rows")?;
    let (a, b) = (
        nanoseconds(built_in.as_ref(), &plain, &coordinates, rows, runs),
        nanoseconds(&own, &prepared, &coordinates, rows, runs),
    );
    Ok(format!("{:22} built-in {a:8.2}   text {b:8.2}   ratio {:5.2}", family.name, b / a))
}

/// The twin of a likelihood, called with its own parameters.
fn text(family: &Family, built_in: &dyn Likelihood) -> String {
    let spec = built_in.spec();
    let declared = |k: usize| match spec.params[k].support {
        Support::Real => format!("param p{k}"),
        Support::Positive => format!("param p{k} > 0"),
        Support::Unit => format!("param p{k} in (0, 1)"),
        Support::Above(a) => format!("param p{k} > {a}"),
        Support::Below(b) => format!("param p{k} < {b}"),
        Support::Between(a, b) => format!("param p{k} in ({a}, {b})"),
    };
    let params: Vec<String> = (0..spec.k()).map(|k| format!("p{k}")).collect();
    let call = match family.name {
        "categorical" => format!("y0, 0, {}", params.join(", ")),
        "ordinal" => format!("y0, {}, sigma = p{CLASSES}", params[..CLASSES].join(", ")),
        _ => {
            let columns = spec.columns.iter().enumerate().skip(1);
            let more: String = columns.map(|(c, column)| format!(", {} = y{c}", column.name)).collect();
            format!("y0, {}{more}", params.join(", "))
        }
    };
    let lines: Vec<String> = (0..spec.k()).map(declared).collect();
    format!("{}\nloglik = {}_lpdf({call})", lines.join("\n"), family.name)
}

/// Coordinates of a parameter over a chunk, all different, in the ordinary range.
fn coordinate(family: &str, built_in: &dyn Likelihood, k: usize, random: &mut Uniform) -> Vec<f64> {
    let name = built_in.spec().params[k].name.as_str();
    let (low, high) = match (family, name) {
        ("gev" | "gpd", "xi") => (0.1, 0.4),
        ("generalized_gamma", "Q") => (0.4, 1.2),
        // Thresholds in their order.
        ("ordinal", _) if k > 0 && k < CLASSES => (k as f64 - 2.9, k as f64 - 2.1),
        _ => (-0.5, 0.5),
    };
    (0..CHUNK).map(|_| low + (high - low) * random.next()).collect()
}

/// Responses drawn from the rows' own distributions                          `[columns][n]`
fn responses(built_in: &dyn Likelihood, u: &[Vec<f64>], random: &mut Uniform) -> Vec<Vec<f64>> {
    if built_in.spec().response == ResponseKind::Trials {
        return vec![(0..CHUNK).map(|_| (random.next() * 8.0).floor()).collect(), vec![7.0; CHUNK]];
    }
    let draw = |row: usize, random: &mut Uniform| {
        let u: Vec<f64> = u.iter().map(|column| column[row]).collect();
        built_in.sample(&u, &mut || random.next()).unwrap_or(1.0)
    };
    vec![(0..CHUNK).map(|row| draw(row, random)).collect()]
}

fn nanoseconds(
    likelihood: &dyn Likelihood,
    y: &[Vec<Vec<f64>>],
    u: &[Vec<Vec<f64>>],
    rows: usize,
    runs: usize,
) -> f64 {
    let mut out = RowDerivs::default();
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let began = Instant::now();
        for chunk in 0..rows.div_ceil(CHUNK) {
            let y: Vec<&[f64]> = y[chunk % CHUNKS].iter().map(Vec::as_slice).collect();
            let u: Vec<&[f64]> = u[chunk % CHUNKS].iter().map(Vec::as_slice).collect();
            likelihood.eval(Tail::Pdf, &y, &u, Order::Hessian, &mut out);
            std::hint::black_box(&out);
        }
        best = best.min(began.elapsed().as_secs_f64());
    }
    1e9 * best / (rows.div_ceil(CHUNK) * CHUNK) as f64
}
