//! `loglik show`: model files as tables, several side by side.

use crate::args::ShowArgs;
use crate::output;
use loglik::{Error, Exit, ModelFile};
use loglik_report::{Align, Format, Grid, estimate};

/// Shows model files.
pub(crate) fn run(args: &ShowArgs) -> Result<Exit, Error> {
    let models = args.models.iter().map(|path| ModelFile::load(path)).collect::<Result<Vec<_>, _>>()?;
    if let ([model], false) = (models.as_slice(), args.json) {
        output::result(&model.fit, Some(Format::Text));
        return Ok(Exit::Ok);
    }
    if args.json {
        let fits: Vec<_> = models.iter().map(|m| &m.fit).collect();
        println!("{}", serde_json::json!({"format": "loglik.show/1", "models": fits}));
        return Ok(Exit::Ok);
    }
    let mut columns = vec![("term", Align::Left)];
    columns.extend(args.models.iter().map(|path| (path.as_str(), Align::Right)));
    let mut grid = Grid::new(&columns);
    let mut terms: Vec<&str> = Vec::new();
    for term in models.iter().flat_map(|m| &m.fit.coefficients).map(|c| c.term.as_str()) {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    for term in terms {
        let cell = |m: &ModelFile| {
            m.fit.coefficient(term).map_or(String::new(), |c| {
                format!("{} ({})", estimate(c.estimate.0), estimate(c.std_error.0))
            })
        };
        grid.row([term.to_owned()].into_iter().chain(models.iter().map(cell)).collect());
    }
    let figures: [(&str, fn(&ModelFile) -> String); 4] = [
        ("log-likelihood", |m| estimate(m.fit.loglik.0)),
        ("AIC", |m| estimate(m.fit.aic.0)),
        ("BIC", |m| estimate(m.fit.bic.0)),
        ("rows", |m| m.fit.n.to_string()),
    ];
    for (name, cell) in figures {
        grid.row([name.to_owned()].into_iter().chain(models.iter().map(cell)).collect());
    }
    print!("{}", grid.render(Format::Text));
    Ok(Exit::Ok)
}
