//! `loglik test`: hypotheses and quantities of a model file, by the names of its table; with its rows also by refits.

use crate::model_args::TestArgs;
use crate::stdout::{self, say};
use crate::{memory, output};
use loglik::{Error, Exit, Hypotheses, JointTest, ModelFile, TestKind, data};
use loglik_report::{Align, Format, Grid, escape_terminal, estimate, p_value};

/// Coefficients under the equations that are shown; all of them are in the JSON.
const SHOWN: usize = 40;

/// Tests and prints.
pub(crate) fn run(args: &TestArgs) -> Result<Exit, Error> {
    let format = args.result.printed.read()?;
    let kind: TestKind = args.test.parse()?;
    let model = ModelFile::load(&args.model)?;
    let found = match (&args.data, kind) {
        (None, TestKind::Wald) => model.fit.hypotheses(&args.hypotheses, args.level)?,
        (None, _) => {
            let what =
                format!("--test {} refits under the equations, and needs the rows of the fit", kind.name());
            return Err(Error::request(what).remedy(format!(
                "name them: loglik test {} HYPOTHESES DATA --test {}",
                args.model,
                kind.name()
            )));
        }
        (Some(_), TestKind::Wald) => {
            let what = "--test wald needs no data: it is made from the model file alone";
            return Err(Error::request(what).remedy("add --test lr or --test score, or leave the data out"));
        }
        (Some(path), _) => {
            let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
            let mut scan = data::Scan::open(path, options)?;
            let names = model.verified_columns(scan.names())?;
            let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
            let rows = memory::rows(&mut scan, &wanted, args.memory.as_deref())?.0;
            model.test(&args.hypotheses, args.level, kind, rows)?
        }
    };
    output::notes(&found.notes);
    match format {
        None => stdout::json(&found),
        Some(format) => {
            say!("{}", table(&found, model.fit.has_t()).render(format));
            if format == Format::Text {
                say!("{}", foot(&found, model.fit.loglik.0));
                if let Some(joint) = found.joint.as_ref().filter(|joint| !joint.coefficients.is_empty()) {
                    say!("{}", under(&model, joint).render(format));
                }
            }
        }
    }
    Ok(Exit::Ok)
}

fn table(found: &Hypotheses, t: bool) -> Grid {
    let interval = format!("{}% interval", found.level * 100.0);
    let wald = found.joint.as_ref().is_none_or(|joint| joint.test == TestKind::Wald.name());
    let statistic = match (wald, t) {
        (true, true) => "t",
        (true, false) => "z",
        (false, true) => "F",
        (false, false) => "chi2",
    };
    let mut grid = Grid::new(&[
        ("hypothesis or quantity", Align::Left),
        ("estimate", Align::Right),
        ("std.err", Align::Right),
        (statistic, Align::Right),
        ("p", Align::Right),
        (interval.as_str(), Align::Right),
    ]);
    for q in &found.hypotheses {
        let statistic = match q.statistic.0.is_nan() {
            true => String::new(),
            false => format!("{:.2}", q.statistic.0),
        };
        let interval = match q.conf_low.0.is_nan() {
            true => String::new(),
            false => format!("{}, {}", estimate(q.conf_low.0), estimate(q.conf_high.0)),
        };
        let p = p_value(q.p_value.0);
        grid.row(vec![
            q.text.clone(),
            estimate(q.estimate.0),
            estimate(q.std_error.0),
            statistic,
            p,
            interval,
        ]);
    }
    grid
}

fn foot(found: &Hypotheses, top: f64) -> String {
    // The text of an own likelihood is a page of its own.
    let formula = if found.formula.contains('\n') { "likelihood" } else { found.formula.as_str() };
    let mut out = format!("{} {formula}, {} standard errors", found.likelihood, found.se_kind);
    if let Some(joint) = &found.joint {
        let name = joint.df_residual.map_or("chi2".to_owned(), |df| format!("F({}, {df})", joint.df));
        let test = match joint.test.as_str() {
            "lr" => "likelihood ratio",
            "score" => "score",
            _ => "Wald",
        };
        out.push_str(&format!(
            "\njointly: {test} {name} {} on {} df, p {}",
            estimate(joint.statistic.0),
            joint.df,
            p_value(joint.p_value.0)
        ));
        if let Some(loglik) = joint.loglik {
            out.push_str(&format!(
                "\nlog-likelihood {} under the equations, {} without",
                estimate(loglik.0),
                estimate(top)
            ));
        }
    }
    escape_lines(&out)
}

/// The estimates with and without the equations.
fn under(model: &ModelFile, joint: &JointTest) -> Grid {
    let mut grid = Grid::new(&[
        ("term", Align::Left),
        ("estimate", Align::Right),
        ("under the equations", Align::Right),
    ]);
    let shown = |value: f64| if value.is_nan() { "-".to_owned() } else { estimate(value) };
    for held in joint.coefficients.iter().take(SHOWN) {
        let Some(line) = model.fit.coefficient(&held.term) else { continue };
        grid.row(vec![line.shown_name().to_owned(), shown(line.estimate.0), shown(held.estimate.0)]);
    }
    if joint.coefficients.len() > SHOWN {
        let more = format!("{} more in --json", joint.coefficients.len() - SHOWN);
        grid.row(vec![more, String::new(), String::new()]);
    }
    grid
}

fn escape_lines(text: &str) -> String {
    text.lines().map(|line| escape_terminal(line) + "\n").collect()
}
