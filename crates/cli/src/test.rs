//! `loglik test`: hypotheses and quantities of a model file, by the names of its table.

use crate::model_args::TestArgs;
use crate::stdout::{self, say};
use loglik::{Error, Exit, Hypotheses, ModelFile};
use loglik_report::{Align, Format, Grid, escape_terminal, estimate, p_value};

/// Tests and prints.
pub(crate) fn run(args: &TestArgs) -> Result<Exit, Error> {
    let format = args.result.printed.read()?;
    let model = ModelFile::load(&args.model)?;
    let found = model.fit.hypotheses(&args.hypotheses, args.level)?;
    match format {
        None => stdout::json(&found),
        Some(format) => {
            say!("{}", table(&found, model.fit.has_t()).render(format));
            if format == Format::Text {
                say!("{}", foot(&found));
            }
        }
    }
    Ok(Exit::Ok)
}

fn table(found: &Hypotheses, t: bool) -> Grid {
    let interval = format!("{}% interval", found.level * 100.0);
    let mut grid = Grid::new(&[
        ("hypothesis or quantity", Align::Left),
        ("estimate", Align::Right),
        ("std.err", Align::Right),
        (if t { "t" } else { "z" }, Align::Right),
        ("p", Align::Right),
        (interval.as_str(), Align::Right),
    ]);
    for q in &found.hypotheses {
        let statistic = if q.equation { format!("{:.2}", q.statistic.0) } else { String::new() };
        grid.row(vec![
            q.text.clone(),
            estimate(q.estimate.0),
            estimate(q.std_error.0),
            statistic,
            p_value(q.p_value.0),
            format!("{}, {}", estimate(q.conf_low.0), estimate(q.conf_high.0)),
        ]);
    }
    grid
}

fn foot(found: &Hypotheses) -> String {
    // The text of an own likelihood is a page of its own.
    let formula = if found.formula.contains('\n') { "likelihood" } else { found.formula.as_str() };
    let mut out = format!("{} {formula}, {} standard errors", found.likelihood, found.se_kind);
    if let Some(joint) = &found.joint {
        let name = joint.df_residual.map_or("chi2".to_owned(), |df| format!("F({}, {df})", joint.df));
        out.push_str(&format!(
            "\njointly: Wald {name} {} on {} df, p {}",
            estimate(joint.statistic.0),
            joint.df,
            p_value(joint.p_value.0)
        ));
    }
    escape_lines(&out)
}

fn escape_lines(text: &str) -> String {
    text.lines().map(|line| escape_terminal(line) + "\n").collect()
}
