//! `loglik dist`: flags to a spec, a column from a file, a ranked table on stdout.

use crate::args::DistArgs;
use crate::stdout::{self, say};
use crate::{fit, output};
use loglik::{DistFit, DistResult, DistSpec, Error, Exit, Number, Status, Table, data, dist};
use loglik_report::{Align, Format, Grid, bars, escape_html, escape_terminal, estimate, p_value, shifts};

/// Shift of a quantile, in standard normal units, that fills half the height of its mark.
const SHIFT: f64 = 0.5;

/// Fits, ranks and prints; the exit code says how the best fit ended.
pub(crate) fn run(args: &DistArgs) -> Result<Exit, Error> {
    let format = args.printed.read()?;
    let spec = spec(args)?;
    if let Some(path) = &args.output {
        output::refuse_overwrite(path, args.force)?;
    }
    let table = read(args, &spec)?;
    let found = dist(&spec, &table)?;
    let Some(best) = found.fits.first() else { return Ok(Exit::Internal) };
    if let Some(path) = &args.output {
        output::write(path, &loglik::fit(&spec.model(&best.family, table.names()), &table)?.model_file()?)?;
    }
    print(&found, format, args.ascii);
    if !args.quiet {
        output::notes(&best.notes);
    }
    let exit = best.status.exit();
    let strict = args.strict && !best.notes.is_empty() && exit == Exit::Ok;
    Ok(if strict { Exit::Gate } else { exit })
}

fn spec(args: &DistArgs) -> Result<DistSpec, Error> {
    Ok(DistSpec {
        column: args.column.clone(),
        upper: args.upper.clone(),
        trials: args.trials.clone(),
        families: families(&args.families),
        fixed: fit::fixed(&args.fix)?,
        weights: args.table.weights.clone(),
        weight_kind: args.table.weight_kind.parse()?,
        filter: args.table.filter.clone(),
        rank: args.rank.parse()?,
        bootstrap: args.bootstrap,
        seed: args.seed,
        level: Some(args.table.level),
        threads: args.table.threads,
        ..DistSpec::default()
    })
}

/// Names between commas; a comma inside brackets belongs to its name: `mixture(gaussian, 2)`.
fn families(text: &str) -> Vec<String> {
    let (mut names, mut depth) = (vec![String::new()], 0_usize);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (c, depth, names.last_mut()) {
            (',', 0, _) => names.push(String::new()),
            (_, _, Some(name)) => name.push(c),
            _ => {}
        }
    }
    names.into_iter().map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect()
}

/// The columns that the fits read; a plain name is looked up among the file's.
fn read(args: &DistArgs, spec: &DistSpec) -> Result<Table, Error> {
    let options = data::ScanOptions { na: args.table.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(&args.data, options)?;
    let names = loglik::needed_columns(&spec.model("gaussian", scan.names()), scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(scan.read(Some(&wanted))?.table)
}

fn print(found: &DistResult, format: Option<Format>, ascii: bool) {
    let Some(format) = format else {
        stdout::json(found);
        return;
    };
    match format {
        Format::Csv => say!("{}", tidy(found).render(format)),
        Format::Text => {
            say!("{}\n{}\n", head(found, ascii), ranking(found, ascii).render(format));
            say!("{}{}", parameters(found).render(format), foot(found));
        }
        Format::Html => say!(
            "<p>{}</p>\n{}{}<p>{}</p>\n",
            escape_html(&head(found, ascii)),
            ranking(found, ascii).render(format),
            parameters(found).render(format),
            escape_html(&foot(found))
        ),
        Format::Markdown | Format::Tex => {
            say!("{}\n{}", ranking(found, ascii).render(format), parameters(found).render(format));
        }
    }
}

/// The column in one line.
fn head(found: &DistResult, ascii: bool) -> String {
    let s = &found.summary;
    let name = match &found.upper {
        Some(upper) => format!("{} to {upper}", found.column),
        None => found.column.clone(),
    };
    let missing = if s.missing > 0 { format!(", {} missing", s.missing) } else { String::new() };
    format!(
        "{}: {} values, {} to {}, {}{missing}  {}\n",
        escape_terminal(&name),
        s.values,
        estimate(s.min),
        estimate(s.max),
        s.support,
        bars(&s.histogram, ascii)
    )
}

fn ranking(found: &DistResult, ascii: bool) -> Grid {
    let sampled = found.fits.iter().any(|f| f.goodness.is_some_and(|g| g.ks_p.is_some()));
    let mut columns = vec![
        ("family", Align::Left),
        ("k", Align::Right),
        ("log-lik", Align::Right),
        ("AIC", Align::Right),
        ("BIC", Align::Right),
        ("dAIC", Align::Right),
        ("KS", Align::Right),
    ];
    columns.extend(sampled.then_some(("p", Align::Right)));
    columns.push(("AD", Align::Right));
    columns.extend(sampled.then_some(("p", Align::Right)));
    columns.push(("CvM", Align::Right));
    columns.extend(sampled.then_some(("p", Align::Right)));
    columns.extend([("QQ", Align::Left), ("verdict", Align::Left)]);
    let mut grid = Grid::new(&columns);
    for fit in &found.fits {
        grid.row(line(fit, sampled, ascii));
    }
    grid
}

fn line(fit: &DistFit, sampled: bool, ascii: bool) -> Vec<String> {
    let fixed = |v: f64, digits: usize| if v.is_finite() { format!("{v:.digits$}") } else { estimate(v) };
    let mut cells = vec![
        fit.family.clone(),
        fit.df.to_string(),
        fixed(fit.loglik.0, 2),
        fixed(fit.aic.0, 1),
        fixed(fit.bic.0, 1),
        fixed(fit.against_first.aic.0, 1),
    ];
    let g = fit.goodness;
    let p = |value: Option<Number>| value.map_or(String::new(), |p| p_value(p.0));
    let of = |distance: Option<Number>, digits| distance.map_or(String::new(), |d| fixed(d.0, digits));
    for (distance, p_of, digits) in [
        (g.map(|g| g.ks), p(g.and_then(|g| g.ks_p)), 4),
        (g.map(|g| g.ad), p(g.and_then(|g| g.ad_p)), 3),
        (g.map(|g| g.cvm), p(g.and_then(|g| g.cvm_p)), 4),
    ] {
        cells.push(of(distance, digits));
        cells.extend(sampled.then_some(p_of));
    }
    let quantiles: Vec<f64> = fit.quantiles.iter().map(|q| q.0).collect();
    cells.extend([shifts(&quantiles, SHIFT, ascii), fit.verdict.clone()]);
    cells
}

/// Parameters of every fit that ended at an estimate.
fn parameters(found: &DistResult) -> Grid {
    let mut grid = Grid::new(&[
        ("family", Align::Left),
        ("parameter", Align::Left),
        ("estimate", Align::Right),
        ("std.err", Align::Right),
        ("interval", Align::Right),
    ]);
    for fit in found.fits.iter().filter(|f| f.status != Status::Unbounded) {
        for (at, p) in fit.parameters.iter().enumerate() {
            let interval = if p.conf_low.0.is_nan() {
                String::new()
            } else {
                format!("{}, {}", estimate(p.conf_low.0), estimate(p.conf_high.0))
            };
            let family = if at == 0 { fit.family.clone() } else { String::new() };
            let value = if p.estimate.0.is_nan() { "-".to_owned() } else { estimate(p.estimate.0) };
            grid.row(vec![family, p.name.clone(), value, estimate(p.std_error.0), interval]);
        }
    }
    grid
}

fn foot(found: &DistResult) -> String {
    let mut out = String::from("\n");
    for fit in found.fits.iter().filter(|f| f.maxima.len() > 1) {
        let maxima: Vec<String> = fit.maxima.iter().map(|l| format!("{:.4}", l.0)).collect();
        out.push_str(&format!("{}: maxima at log-likelihoods {}\n", fit.family, maxima.join(", ")));
    }
    for failed in &found.failed {
        out.push_str(&format!("not fitted: {}: {}\n", failed.family, escape_terminal(&failed.error.message)));
    }
    let measured = found.fits.iter().any(|f| f.goodness.is_some());
    match found.seed {
        Some(seed) => out.push_str(&format!("p-values by parametric bootstrap, seed {seed}\n")),
        None if measured => {
            out.push_str(
                "distances have no p-values from tables, as parameters were estimated: --bootstrap 999\n",
            );
        }
        None => {}
    }
    out
}

/// One line a parameter, with the names of the JSON.
fn tidy(found: &DistResult) -> Grid {
    let names = [
        "family",
        "parameter",
        "estimate",
        "std_error",
        "conf_low",
        "conf_high",
        "loglik",
        "aic",
        "bic",
        "status",
    ];
    let mut grid = Grid::new(&names.map(|name| (name, Align::Left)));
    let number = |v: Number| if v.0.is_nan() { String::new() } else { v.0.to_string() };
    for fit in &found.fits {
        let status = serde_json::to_value(fit.status).ok().and_then(|s| s.as_str().map(str::to_owned));
        for p in &fit.parameters {
            let mut cells = vec![fit.family.clone(), p.name.clone()];
            let figures =
                [p.estimate, p.std_error, p.conf_low, p.conf_high, fit.loglik, fit.aic, fit.bic].map(number);
            cells.extend(figures);
            cells.push(status.clone().unwrap_or_default());
            grid.row(cells);
        }
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::families;

    #[test]
    fn a_comma_inside_brackets_belongs_to_its_name() {
        assert_eq!(
            families("gamma, mixture(gaussian, 2),weibull"),
            ["gamma", "mixture(gaussian, 2)", "weibull"]
        );
    }
}
