//! What is printed: results on stdout, notes and errors on stderr; files whole or not at all.

use crate::args::ResultArgs;
use crate::stdout::{self, say, say_line, tell_line};
use loglik::{Coefficient, Error, Evaluated, Exit, FitResult, Note, SeInfo, Status};
use loglik_report::{Align, Format, Grid, escape_html, escape_terminal, estimate, p_value};

/// An error, as JSON on stdout or as text on stderr.
pub(crate) fn error(error: &Error, json: bool) {
    if json {
        say_line!("{}", serde_json::json!({ "error": error }));
        return;
    }
    tell_line!("error[{}]: {}", error.id, lines(&error.message));
    match (error.line, error.row) {
        (Some(line), Some(row)) => tell_line!("  at line {line}, data row {row}"),
        (Some(line), None) => tell_line!("  at line {line}"),
        _ => {}
    }
    if let Some(remedy) = &error.remedy {
        tell_line!("  {}", lines(remedy));
    }
}

/// Several lines with nothing hidden in them.
fn lines(text: &str) -> String {
    text.lines().map(escape_terminal).collect::<Vec<_>>().join("\n")
}

/// Notes of a result, on stderr.
pub(crate) fn notes(notes: &[Note]) {
    for note in notes {
        tell_line!("note[{}]: {}", note.id, lines(&note.message));
        if let Some(remedy) = &note.remedy {
            tell_line!("  {}", lines(remedy));
        }
    }
}

/// A result, on stdout.
pub(crate) fn result(result: &FitResult, format: Option<Format>) {
    let Some(format) = format else {
        stdout::json(result);
        return;
    };
    match format {
        Format::Csv => say!("{}", tidy(result).render(format)),
        Format::Text => say!("{}\n{}\n{}", head(result), table(result).render(format), foot(result)),
        Format::Html => say!(
            "<p>{}</p>\n{}<p>{}</p>\n",
            escape_html(&head(result)),
            table(result).render(format),
            escape_html(&foot(result))
        ),
        Format::Markdown | Format::Tex => say!("{}", table(result).render(format)),
    }
}

/// A likelihood at a point, on stdout.
pub(crate) fn evaluated(at: &Evaluated, format: Option<Format>) {
    let Some(format) = format else {
        stdout::json(at);
        return;
    };
    let mut grid = Grid::new(&[("term", Align::Left), ("slope", Align::Right)]);
    for (term, slope) in &at.score {
        grid.row(vec![term.clone(), estimate(slope.0)]);
    }
    say!("{}", grid.render(format));
    if matches!(format, Format::Text) {
        say_line!("log-likelihood {} of {} rows", at.loglik.0, at.n);
        if !at.rows_outside.is_empty() {
            say_line!("no density in data rows {:?}", at.rows_outside);
        }
    }
}

/// What was modelled, the rows, and whether the maximum exists.
fn head(r: &FitResult) -> String {
    let what = match (&r.response.event, &r.response.levels) {
        (Some(event), Some(levels)) if levels.len() == 2 => {
            format!("{} = {event} modelled against {}", r.response.column, levels[0])
        }
        (_, Some(levels)) => {
            format!("{} ({} base; {})", r.response.column, levels[0], levels[1..].join(", "))
        }
        _ => r.response.column.clone(),
    };
    let verdict = match r.status {
        Status::Converged if r.bias_reduction.is_some() => {
            "Adjusted score is zero: finite by bias reduction".to_owned()
        }
        Status::Converged if r.penalty.is_some() => "Penalised likelihood at its maximum".to_owned(),
        Status::Converged => "Maximum confirmed: finite, rank and rounding checked".to_owned(),
        Status::Boundary => "Maximum at the end of a parameter's range".to_owned(),
        Status::Infinite => "No finite maximum: the limit model is below".to_owned(),
        Status::NotIdentified => "Not identified".to_owned(),
        Status::Unbounded => "The likelihood has no bound".to_owned(),
        Status::NotConverged => "Not converged".to_owned(),
    };
    if let Some(own) = &r.own {
        let maxima = if own.maxima.len() == 1 { "maximum" } else { "maxima" };
        return format!(
            "own likelihood of {}. {} rows used, {} dropped\n{verdict}; {} iteration{}, {} start{}, {} {maxima}\nderivatives: exact (2 orders), checked against differences: max {:.0e}\n",
            escape_terminal(&what),
            r.n,
            r.n_dropped,
            r.stop.iterations,
            plural(r.stop.iterations),
            own.starts,
            plural(own.starts),
            own.maxima.len(),
            own.derivatives.0
        );
    }
    let links: Vec<String> = r.links.iter().map(|(param, link)| format!("{param} {link}")).collect();
    format!(
        "{}: {}. {} rows used, {} dropped\n{verdict}; {} iteration{}, links: {}\n",
        escape_terminal(&r.likelihood),
        escape_terminal(&what),
        r.n,
        r.n_dropped,
        r.stop.iterations,
        plural(r.stop.iterations),
        escape_terminal(&links.join(", "))
    )
}

/// What a noun takes behind so many.
pub(crate) fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn table(r: &FitResult) -> Grid {
    let interval = format!("{}% interval", r.level * 100.0);
    // Ratios that stand in the place of the estimates have no column of their own.
    let exponentiated = r.coefficients.iter().any(|c| c.scale == "exp");
    let ratio = ratio_name(r).filter(|_| !exponentiated);
    let estimate_name = if exponentiated { ratio_name(r).unwrap_or("exp(estimate)") } else { "estimate" };
    let statistic = if r.has_t() { "t" } else { "z" };
    let mut columns = vec![
        ("term", Align::Left),
        (estimate_name, Align::Right),
        ("std.err", Align::Right),
        (statistic, Align::Right),
        ("p", Align::Right),
        (interval.as_str(), Align::Right),
    ];
    columns.extend(ratio.map(|name| (name, Align::Right)));
    let robust = r.coefficients.iter().any(|c| c.std_error_model.is_some());
    columns.extend(robust.then_some(("model std.err", Align::Right)));
    let mut grid = Grid::new(&columns);
    for c in &r.coefficients {
        let mut cells = line(c, ratio.is_some());
        cells.extend(robust.then(|| c.std_error_model.map_or(String::new(), |se| estimate(se.0))));
        grid.row(cells);
    }
    for term in &r.terms {
        let label = format!("{} (whole term, {} df)", term.term, term.df);
        let name = match (term.df_residual, term.test.as_str()) {
            (Some(_), _) => "F",
            (None, "lr") => "LR",
            (None, _) => "chi2",
        };
        let statistic = format!("{name} {}", estimate(term.statistic.0));
        grid.row(vec![label, String::new(), String::new(), statistic, p_value(term.p_value.0)]);
    }
    grid
}

fn line(c: &Coefficient, ratio: bool) -> Vec<String> {
    let interval = if c.conf_low.0.is_nan() {
        String::new()
    } else {
        format!("{}, {}", estimate(c.conf_low.0), estimate(c.conf_high.0))
    };
    let statistic = if c.statistic.0.is_nan() { String::new() } else { format!("{:.2}", c.statistic.0) };
    let shown = if c.estimate.0.is_nan() { "-".to_owned() } else { estimate(c.estimate.0) };
    let p = c.lr_p_value.map_or_else(|| p_value(c.p_value.0), |p| format!("LR {}", p_value(p.0)));
    let mut cells = vec![c.shown_name().to_owned(), shown, estimate(c.std_error.0), statistic, p, interval];
    if ratio {
        let exp = c.ratio.map_or(String::new(), |v| estimate(v.0));
        cells.push(exp);
    }
    cells
}

/// What the exponential of a coefficient is called, where it has a name.
fn ratio_name(r: &FitResult) -> Option<&'static str> {
    match (r.likelihood.as_str(), r.links.values().next().map(String::as_str)) {
        ("bernoulli", Some("logit")) => Some("odds ratio"),
        ("poisson" | "negative_binomial", _) if r.links.get("mu").map(String::as_str) == Some("log") => {
            Some("rate ratio")
        }
        _ => None,
    }
}

fn foot(r: &FitResult) -> String {
    let mut out = format!("log-likelihood {}", estimate(r.loglik.0));
    if let Some(test) = r.tests.get("model_lr") {
        out.push_str(&format!(
            " (null {})   LR {} on {} df, p {}",
            estimate(r.loglik_null.0),
            estimate(test.statistic.0),
            test.df,
            p_value(test.p_value.0)
        ));
    }
    for (name, value) in [("AIC", r.aic.0), ("BIC", r.bic.0)] {
        // Shrunken estimates have neither.
        if !value.is_nan() {
            out.push_str(&format!("   {name} {}", estimate(value)));
        }
    }
    if let Some(sigma) = r.sigma {
        out.push_str(&format!("   sigma {} (ML {})", estimate(sigma.unbiased.0), estimate(sigma.ml.0)));
    }
    out.push('\n');
    let any = r.coefficients.iter().any(|c| c.std_error.0.is_finite());
    if let Some(se) = r.se.as_ref().filter(|_| any) {
        out.push_str(&sandwich(&r.se_kind, se));
    }
    if let Some(penalty) = &r.penalty {
        out.push_str(&format!(
            "penalised: {} per unit of weight, {} of it on absolute values{}; shrunken estimates have no standard errors\n",
            estimate(penalty.lambda),
            estimate(penalty.l1_ratio),
            if penalty.standardize { ", columns standardised" } else { "" }
        ));
    }
    if let Some(kind) = r.bias_reduction {
        let value = r
            .penalised_loglik
            .map_or(String::new(), |v| format!("; penalised log-likelihood {}", estimate(v.0)));
        out.push_str(&format!("bias reduction: {}{value}\n", kind.name()));
    }
    for alias in &r.aliased {
        out.push_str(&format!(
            "dropped: {} = {}\n",
            escape_terminal(&alias.term),
            escape_terminal(&alias.equals)
        ));
    }
    out
}

/// What a bootstrap drew.
fn drawn(of: &str) -> &str {
    match of {
        "pairs" => "rows",
        "parametric" => "responses",
        other => other,
    }
}

/// How standard errors were made, in one line.
fn sandwich(kind: &str, se: &SeInfo) -> String {
    let mut parts = vec![format!("standard errors: {kind}")];
    if let Some(made) = &se.bootstrap {
        let how = if made.refit { "fits" } else { "one-step estimates" };
        parts.push(format!("{} {how} of resampled {}, seed {}", made.replicates, drawn(&made.of), made.seed));
    }
    parts.extend(se.form.clone());
    let clusters = se.clusters.iter().flatten();
    parts.extend(clusters.map(|(column, n)| format!("{n} clusters by {}", escape_terminal(column))));
    parts.extend(se.lag.map(|lag| format!("lag {lag}")));
    parts.extend(se.kernel.clone());
    parts.extend(se.order.as_ref().map(|column| format!("in order of {}", escape_terminal(column))));
    parts.extend((se.bread != "observed").then(|| format!("{} information", se.bread)));
    // Clustered several ways, every way has a factor of its own.
    let one = se.factor != 1.0 && se.clusters.as_ref().is_none_or(|clusters| clusters.len() == 1);
    parts.extend(one.then(|| format!("factor {}", estimate(se.factor))));
    parts.join(", ") + "\n"
}

/// One line a coefficient with the columns of the JSON.
fn tidy(r: &FitResult) -> Grid {
    let names = [
        "parameter",
        "term",
        "variable",
        "level",
        "scale",
        "estimate",
        "std_error",
        "statistic",
        "p_value",
        "conf_low",
        "conf_high",
    ];
    let mut grid = Grid::new(&names.map(|name| (name, Align::Left)));
    let number = |v: loglik::Number| if v.0.is_nan() { String::new() } else { v.0.to_string() };
    for c in &r.coefficients {
        let text = [&c.parameter, &c.term, &c.variable, c.level.as_ref().unwrap_or(&String::new()), &c.scale]
            .map(Clone::clone);
        let numbers = [c.estimate, c.std_error, c.statistic, c.p_value, c.conf_low, c.conf_high].map(number);
        grid.row(text.into_iter().chain(numbers).collect());
    }
    grid
}

/// Refuses a path that is there already.
pub(crate) fn refuse_overwrite(path: &str, force: bool) -> Result<(), Error> {
    if !force && path != "-" && std::path::Path::new(path).exists() {
        let message = format!("{path} exists; nothing was written");
        return Err(Error::new("file_exists", Exit::Request, message).remedy("--force overwrites it"));
    }
    Ok(())
}

/// The file that a result is kept for; it must not be there yet.
pub(crate) fn file(result: Option<&ResultArgs>) -> Result<Option<&str>, Error> {
    let Some((path, result)) = result.and_then(|result| result.output.as_deref().zip(Some(result))) else {
        return Ok(None);
    };
    if path == "-" {
        return Ok(None);
    }
    refuse_overwrite(path, result.force)?;
    stdout::keep();
    Ok(Some(path))
}

/// Writes a whole file or nothing; `-` is stdout.
pub(crate) fn write(path: &str, text: &str) -> Result<(), Error> {
    if path == "-" {
        say!("{text}");
        return Ok(());
    }
    Ok(loglik::data::Replacement::write(path, text)?)
}
