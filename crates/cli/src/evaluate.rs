//! `loglik evaluate`: figures of a model or of any scores, as a table or JSON, with gates.

use crate::decision_args::EvaluateArgs;
use crate::stdout::{self, say, say_line, tell_line};
use crate::{memory, output, scored};
use loglik::{Error, EvaluateSpec, Evaluation, Exit, Figure, Findings, Group, evaluate};
use loglik_report::{Align, Format, Grid, escape_html, escape_terminal, estimate, p_value};

/// Evaluates and prints; 7 when a gate failed.
pub(crate) fn run(args: &EvaluateArgs) -> Result<Exit, Error> {
    let format = args.rows.result.printed.read()?;
    let mut rows = scored::spec(&args.rows)?;
    (rows.by, rows.prevalence) = (args.by.clone(), args.rows.prevalence);
    let (model, path) = scored::files(&args.rows)?;
    let data = scored::data(path, &args.rows, &rows, model.as_ref(), args.memory.as_deref())?;
    let spec = EvaluateSpec {
        rows,
        threshold: args.threshold,
        level: args.rows.table.level,
        partial: args.partial,
        bins: args.bins,
        gates: args.fail_if.clone(),
        threads: args.rows.table.threads,
        memory: args.memory.as_deref().map(memory::quarter).transpose()?,
        command: Some(std::env::args().collect::<Vec<_>>().join(" ")),
        ..EvaluateSpec::default()
    };
    let found = evaluate(&spec, model.as_ref(), data)?;
    match format {
        None => stdout::json(&found),
        Some(format) => print(&found, format),
    }
    if !args.rows.quiet {
        output::notes(&found.notes);
        for gate in found.gates.iter().filter(|gate| gate.failed) {
            let why = gate.undecided.as_ref().map_or(String::new(), |why| format!(" ({why})"));
            tell_line!("gate failed: {}{}", escape_terminal(&gate.condition), escape_terminal(&why));
        }
    }
    Ok(if found.gate_failed() { Exit::Gate } else { Exit::Ok })
}

fn print(found: &Evaluation, format: Format) {
    let (figures, groups) = (figures(found, format), groups(found, format));
    let head = head(found);
    match format {
        Format::Text => say!("{head}\n{figures}"),
        Format::Html => say!("<p>{}</p>\n{figures}", escape_html(&head)),
        Format::Csv | Format::Markdown | Format::Tex => say!("{figures}"),
    }
    if format != Format::Csv {
        say!("{groups}");
    }
    if format == Format::Text {
        optimism(found);
        for (test, second) in found.comparisons.iter().zip(found.scores.iter().skip(1)) {
            say_line!(
                "\nAUC of {} less that of {}: {} ({}, {}), DeLong p {}",
                escape_terminal(&found.scores[0]),
                escape_terminal(second),
                estimate(test.difference),
                estimate(test.conf_low),
                estimate(test.conf_high),
                p_value(test.p_value)
            );
        }
    }
}

/// The rows of the fit against out of fold.
fn optimism(found: &Evaluation) {
    if found.optimism.is_empty() {
        return;
    }
    let interval = format!("{}% interval", found.level * 100.0);
    let names = ["figure", "rows of the fit", "out of fold", "optimism", interval.as_str()];
    let columns: Vec<(&str, Align)> = names
        .iter()
        .enumerate()
        .map(|(at, n)| (*n, if at == 0 { Align::Left } else { Align::Right }))
        .collect();
    let mut grid = Grid::new(&columns);
    for o in &found.optimism {
        let ends = format!("{}, {}", number(o.conf_low.0, 4), number(o.conf_high.0, 4));
        let values = [o.in_sample, o.out_of_fold, o.optimism].map(|v| number(v.0, 4));
        grid.row([o.figure.replace('_', " ")].into_iter().chain(values).chain([ends]).collect());
    }
    say!("\n{}", grid.render(Format::Text));
}

/// What is judged, and on which rows.
fn head(found: &Evaluation) -> String {
    let outcome = &found.outcome;
    let what = match (&outcome.event, &outcome.levels) {
        (Some(event), Some(levels)) => {
            let others = levels.iter().filter(|l| *l != event).cloned().collect::<Vec<_>>().join(", ");
            format!("{} = {event} against {others}", outcome.column)
        }
        (None, Some(levels)) => format!("{} ({})", outcome.column, levels.join(", ")),
        _ => outcome.column.clone(),
    };
    let weights = found
        .weights
        .as_ref()
        .map_or(String::new(), |w| format!(", weights {} sum {}", w.column, estimate(found.used.weight_sum)));
    let folds = found.folds.map_or(String::new(), |f| format!(", scored out of {} folds", f.count));
    let binned = found.binned.as_ref().map_or(String::new(), |b| match b.score_error {
        0.0 => format!(", a stream of {} distinct scores", b.bins),
        error => format!(", a stream of scores in {} bins, moved by at most {error:.1e}", b.bins),
    });
    let (n, dropped) = (found.used.n, found.used.n_dropped);
    escape_terminal(&format!("{what}. {n} rows used, {dropped} dropped{weights}{folds}{binned}")) + "\n"
}

/// One line a figure; in CSV for every group too.
fn figures(found: &Evaluation, format: Format) -> String {
    if format == Format::Csv {
        return tidy(found).render(format);
    }
    let interval = format!("{}% interval", found.level * 100.0);
    let mut grid =
        Grid::new(&[("figure", Align::Left), ("value", Align::Right), (interval.as_str(), Align::Right)]);
    for figure in &found.figures {
        // A p-value goes far below what four decimals show.
        let is_p = figure.name.ends_with("_p") && !figure.value.0.is_nan();
        let value = if is_p { p_value(figure.value.0) } else { number(figure.value.0, 4) };
        grid.row(vec![figure.title.to_owned(), value, between(figure, 4)]);
    }
    grid.render(format)
}

/// Most figures are shares: so many decimals, unless the number is large or infinite.
fn number(value: f64, decimals: usize) -> String {
    match value {
        v if v.is_nan() => "n/a".to_owned(),
        v if v.abs() < 100.0 => {
            let text = format!("{v:.decimals$}");
            if text.trim_start_matches(['-', '0', '.']).is_empty() { text.replace('-', "") } else { text }
        }
        v => estimate(v),
    }
}

fn between(figure: &Figure, decimals: usize) -> String {
    if figure.conf_low.0.is_nan() {
        return String::new();
    }
    format!("{}, {}", number(figure.conf_low.0, decimals), number(figure.conf_high.0, decimals))
}

/// One line a figure with the names of the JSON.
fn tidy(found: &Evaluation) -> Grid {
    let names = ["by", "level", "figure", "value", "conf_low", "conf_high"];
    let mut grid = Grid::new(&names.map(|name| (name, Align::Left)));
    let number = |v: loglik::Number| if v.0.is_nan() { String::new() } else { v.0.to_string() };
    let mut add = |by: &str, level: &str, figures: &[Figure]| {
        for f in figures {
            let text = [by, level, f.name].map(str::to_owned);
            let numbers = [f.value, f.conf_low, f.conf_high].map(number);
            grid.row(text.into_iter().chain(numbers).collect());
        }
    };
    add("", "", &found.figures);
    found.groups.iter().for_each(|group| add(&group.by, &group.level, &group.figures));
    grid
}

/// What is shown by group of two classes: figures without a threshold, and at it.
const BINARY: &[&[&str]] = &[
    &["base_rate", "auc", "brier", "calibration_in_the_large", "calibration_slope"],
    &["flagged", "recall", "specificity", "precision"],
];

/// Of several classes.
const CLASSES: &[&[&str]] = &[&["auc", "log_loss", "brier", "accuracy", "balanced_accuracy"]];

/// Of amounts.
const AMOUNTS: &[&[&str]] = &[
    &["mean_observed", "mean_predicted", "bias", "observed_over_predicted"],
    &["rmse", "deviance_explained", "gini", "lift_top_decile", "coverage_90"],
];

/// A line a group in each table; nothing without groups.
fn groups(found: &Evaluation, format: Format) -> String {
    let Some(first) = found.groups.first() else { return String::new() };
    let tables = match found.findings {
        Findings::Binary(_) => BINARY,
        Findings::Classes(_) | Findings::Pairs(_) => CLASSES,
        Findings::Regression(_) => AMOUNTS,
    };
    let mut out = String::new();
    for (at, names) in tables.iter().enumerate() {
        let shown: Vec<&Figure> =
            names.iter().filter_map(|name| first.figures.iter().find(|f| f.name == *name)).collect();
        if shown.is_empty() {
            continue;
        }
        let mut columns = vec![("group", Align::Left), ("rows", Align::Right)];
        columns.extend(shown.iter().map(|f| (f.title, Align::Right)));
        let areas = at == 0 && matches!(found.findings, Findings::Binary(_));
        columns.extend(areas.then_some(("AUC differs, p", Align::Right)));
        let mut grid = Grid::new(&columns);
        for group in &found.groups {
            grid.row(line(group, &shown, areas));
        }
        out.push_str(&format!("\n{}", grid.render(format)));
    }
    out
}

fn line(group: &Group, like: &[&Figure], areas: bool) -> Vec<String> {
    let mut cells = vec![format!("{} = {}", group.by, group.level), group.n.to_string()];
    for wanted in like {
        let figure = group.figures.iter().find(|f| f.name == wanted.name);
        cells.push(figure.map_or("n/a".to_owned(), |f| match between(f, 3) {
            interval if interval.is_empty() => number(f.value.0, 3),
            interval => format!("{} ({interval})", number(f.value.0, 3)),
        }));
    }
    cells.extend(areas.then(|| p_value(group.auc_difference_p.0)));
    cells
}
