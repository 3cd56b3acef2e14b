//! `loglik threshold`: where to cut by a policy, its intervals, and the model file that remembers it.

use crate::decision_args::ThresholdArgs;
use crate::stdout::{self, say, say_line};
use crate::{memory, output, scored};
use loglik::decide::cost::Costs;
use loglik::decide::recalibrate::Method;
use loglik::decide::threshold::Policy;
use loglik::{ClassCosts, Error, Exit, Recalibrate, ThresholdResult, ThresholdSpec, threshold};
use loglik_report::{Align, Format, Grid, escape_terminal, estimate};

/// Chooses, prints, and saves when asked.
pub(crate) fn run(args: &ThresholdArgs) -> Result<Exit, Error> {
    let format = args.rows.result.printed.read()?;
    let rows = scored::spec(&args.rows)?;
    let (model, path) = scored::files(&args.rows)?;
    if args.save && model.is_none() {
        return Err(Error::request("--save writes into a model file, and none is named"));
    }
    if let (true, Some(model), Some(event)) = (args.save, &model, &args.rows.event)
        && model.fit.response.event.as_ref() != Some(event)
    {
        return Err(Error::request(format!("--save: a cut of `{event}` against the rest decides no class"))
            .remedy("save costs of the classes: --cost 'TRUTH>PREDICTION=9', without --event"));
    }
    let data = scored::data(path, &args.rows, &rows, model.as_ref(), args.memory.as_deref())?;
    let (policy, costs) = wanted(args)?;
    let spec = ThresholdSpec {
        rows,
        policy,
        costs,
        recalibrate: recalibrate(args)?,
        level: args.rows.table.level,
        replicates: args.replicates,
        seed: args.rows.seed,
        threads: args.rows.table.threads,
        memory: args.memory.as_deref().map(memory::quarter).transpose()?,
        command: Some(std::env::args().collect::<Vec<_>>().join(" ")),
    };
    let found = threshold(&spec, model.as_ref(), data)?;
    if let (true, Some(model)) = (args.save, model) {
        let model =
            model.with_recalibration(found.recalibration.clone()).with_decision(Some(found.decision.clone()));
        output::write(&args.rows.files[0], &model.text()?)?;
    }
    match format {
        None => stdout::json(&found),
        Some(format) => print(&found, format, args.save),
    }
    if !args.rows.quiet {
        output::notes(&found.notes);
    }
    Ok(Exit::Ok)
}

/// The policy of two classes, or the costs of several.
fn wanted(args: &ThresholdArgs) -> Result<(Option<Policy>, ClassCosts), Error> {
    let cost = args.cost.as_deref();
    let classes = match cost {
        Some("linear") => ClassCosts::Linear,
        Some("quadratic") => ClassCosts::Quadratic,
        Some(text) if text.contains('>') => ClassCosts::Named(named(text)?),
        _ => ClassCosts::Equal,
    };
    let prior = args.recalibrate.as_deref() == Some("prior");
    let prevalence = args.rows.prevalence.filter(|_| !prior);
    let of_cost = match cost {
        Some(text) if classes == ClassCosts::Equal => {
            Some(Policy::Cost { costs: two_costs(text)?, prevalence })
        }
        _ => None,
    };
    let asked: Vec<Policy> = [
        of_cost,
        args.f_beta.map(Policy::FBeta),
        args.youden.then_some(Policy::Youden),
        args.recall.map(Policy::Recall),
        args.precision.map(Policy::Precision),
        args.capacity.map(Policy::Capacity),
    ]
    .into_iter()
    .flatten()
    .collect();
    match asked.as_slice() {
        [] if prevalence.is_some() => {
            Err(Error::request("--prevalence belongs to --cost or to --recalibrate prior"))
        }
        [] if classes != ClassCosts::Equal || args.recalibrate.is_some() => Ok((None, classes)),
        [] => Ok((None, ClassCosts::Equal)),
        [one] if prevalence.is_none() || of_cost.is_some() => Ok((Some(*one), classes)),
        [_] => Err(Error::request("--prevalence belongs to --cost or to --recalibrate prior")),
        _ => Err(Error::request(
            "one policy at a time: --cost, --f-beta, --youden, --recall, --precision or --capacity",
        )),
    }
}

/// `miss=5,alarm=1`
fn two_costs(text: &str) -> Result<Costs, Error> {
    let mut costs = Costs::new(f64::NAN, f64::NAN);
    for part in text.split(',') {
        let (name, value) = assigned(part)?;
        match name {
            "miss" => costs.miss = value,
            "alarm" => costs.alarm = value,
            "hit" => costs.hit = value,
            "pass" => costs.pass = value,
            other => {
                return Err(Error::unknown_word("cost", other, ["miss", "alarm", "hit", "pass"].into_iter()));
            }
        }
    }
    if costs.miss.is_nan() || costs.alarm.is_nan() {
        return Err(Error::request(format!("--cost {text}: a miss and an alarm have a cost"))
            .remedy("write --cost miss=5,alarm=1"));
    }
    Ok(costs)
}

/// `TRUTH>PREDICTION=9,..`
fn named(text: &str) -> Result<Vec<(String, String, f64)>, Error> {
    let one = |part: &str| {
        let (name, value) = assigned(part)?;
        let (truth, prediction) = name
            .split_once('>')
            .ok_or_else(|| Error::request(format!("--cost {part}: write TRUTH>PREDICTION=VALUE")))?;
        Ok((truth.trim().to_owned(), prediction.trim().to_owned(), value))
    };
    text.split(',').map(one).collect()
}

fn assigned(part: &str) -> Result<(&str, f64), Error> {
    let wrong = || Error::request(format!("--cost {part}: write NAME=VALUE, as in miss=5,alarm=1"));
    let (name, value) = part.rsplit_once('=').ok_or_else(wrong)?;
    Ok((name.trim(), value.trim().parse().map_err(|_| wrong())?))
}

fn recalibrate(args: &ThresholdArgs) -> Result<Option<Recalibrate>, Error> {
    Ok(Some(match args.recalibrate.as_deref() {
        None => return Ok(None),
        Some("platt") => Recalibrate::Fitted(Method::Platt),
        Some("beta") => Recalibrate::Fitted(Method::Beta),
        Some("isotonic") => Recalibrate::Fitted(Method::Isotonic),
        Some("temperature") => Recalibrate::Fitted(Method::Temperature),
        Some("prior") => match args.rows.prevalence {
            Some(to) => Recalibrate::Prior(to),
            None => return Err(Error::request("--recalibrate prior takes --prevalence")),
        },
        Some(other) => {
            let words = ["platt", "beta", "isotonic", "temperature", "prior"];
            return Err(Error::unknown_word("recalibration", other, words.into_iter()));
        }
    }))
}

fn print(found: &ThresholdResult, format: Format, saved: bool) {
    let text = format == Format::Text;
    if text {
        say!("{}", head(found));
    }
    say!("{}", policies(found, saved, format));
    if let (true, Some(line)) = (text, &found.calibration) {
        let close = (line.slope - 1.0).abs() <= 2.0 * line.slope_se
            && line.in_the_large.abs() <= 2.0 * line.in_the_large_se;
        let verdict = if close {
            "not told from 1 and 0: nothing speaks against the theoretical cut-off"
        } else {
            "not calibrated: trust the data's cut-off, or --recalibrate"
        };
        // Adding zero leaves no sign on one.
        let intercept = (line.intercept * 100.0).round() / 100.0 + 0.0;
        say_line!("calibration slope {:.2}, intercept {intercept:.2}: {verdict}", line.slope);
    }
    if let (true, Some(map)) = (text, &found.recalibration) {
        say_line!("recalibrated: {}", serde_json::to_string(map).unwrap_or_default());
    }
}

/// What theory says, and what the data say.
fn head(found: &ThresholdResult) -> String {
    let Some(report) = &found.report else { return String::new() };
    let mut out = String::new();
    if let (Some(theory), Policy::Cost { costs, prevalence: None }) = (report.theory, report.policy) {
        let (case, control) = (costs.miss - costs.hit, costs.alarm - costs.pass);
        out.push_str(&format!(
            "theory: calibrated scores -> {control}/({control}+{case}) = {theory:.3}      "
        ));
    } else if let Some(theory) = report.theory {
        out.push_str(&format!("theory: calibrated scores at that prevalence -> {theory:.3}      "));
    }
    let kind = if found.folds.is_some() { "data (out of fold)" } else { "data" };
    out.push_str(&format!("{kind}: best {}", shown(report.best.threshold)));
    if let (Some(low), Some(high)) = (report.threshold_low, report.threshold_high) {
        out.push_str(&format!(", {}% interval {} to {}", report.level * 100.0, shown(low), shown(high)));
    }
    out + "\n"
}

fn shown(threshold: f64) -> String {
    if threshold.is_infinite() { estimate(threshold) } else { format!("{threshold:.3}") }
}

/// Rows, or their weight, which need not be whole.
fn weight(sum: f64) -> String {
    let text = format!("{sum:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Policies, or rules of several classes, beside each other; the saved one marked.
fn policies(found: &ThresholdResult, saved: bool, format: Format) -> String {
    let mark = if saved { "<- saved" } else { "<- best" };
    let share = |v: Option<f64>| v.map_or("n/a".to_owned(), |v| format!("{v:.3}"));
    if let Some(classes) = &found.classes {
        let mut grid = Grid::new(&[
            ("rule", Align::Left),
            ("accuracy", Align::Right),
            ("cost/row", Align::Right),
            ("interval", Align::Right),
            ("", Align::Left),
        ]);
        for rule in &classes.rules {
            let end = if rule.name == "least_expected_cost" { mark } else { "" };
            grid.row(vec![
                rule.name.replace('_', " "),
                format!("{:.3}", rule.accuracy),
                format!("{:.3}", rule.cost_per_row),
                format!("{:.3}, {:.3}", rule.cost_low, rule.cost_high),
                end.to_owned(),
            ]);
        }
        return grid.render(format);
    }
    let Some(report) = &found.report else {
        return format!("threshold {}\n", escape_terminal(&estimate(found.decision.threshold.0)));
    };
    let costs = report.policies.iter().any(|row| row.cost_per_row.is_some());
    let mut columns = vec![
        ("policy", Align::Left),
        ("flagged", Align::Right),
        ("recall", Align::Right),
        ("precision", Align::Right),
        ("false alarms", Align::Right),
    ];
    columns.extend(costs.then_some(("cost/row", Align::Right)));
    columns.push(("", Align::Left));
    let mut grid = Grid::new(&columns);
    let mut rows: Vec<_> = report.policies.iter().collect();
    rows.sort_by(|a, b| a.cost_per_row.unwrap_or(0.0).total_cmp(&b.cost_per_row.unwrap_or(0.0)));
    for row in rows {
        let name = match row.name {
            "flag_all" => "flag all".to_owned(),
            "flag_none" => "flag none".to_owned(),
            _ => shown(row.threshold),
        };
        let mut cells = vec![
            name,
            weight(row.flagged),
            share(row.recall),
            share(row.precision),
            weight(row.false_alarms),
        ];
        cells.extend(costs.then(|| share(row.cost_per_row)));
        cells.push(if row.name == "best" { mark } else { "" }.to_owned());
        grid.row(cells);
    }
    grid.render(format)
}
