//! `loglik show`: model files as tables, several side by side.

use crate::model_args::ShowArgs;
use crate::output;
use crate::stdout::{say, say_line};
use loglik::{Coefficient, Error, Exit, ModelFile, Number, data};
use loglik_report::{Align, Format, Grid, escape_terminal, estimate};

/// Shows model files.
pub(crate) fn run(args: &ShowArgs) -> Result<Exit, Error> {
    let models = args.models.iter().map(|path| ModelFile::load(path)).collect::<Result<Vec<_>, _>>()?;
    if args.boundary {
        return boundary(&models[0], args);
    }
    if let ([model], false) = (models.as_slice(), args.json) {
        output::result(&model.fit, Some(Format::Text));
        return Ok(Exit::Ok);
    }
    if args.json {
        let fits: Vec<_> = models.iter().map(|m| &m.fit).collect();
        say_line!("{}", serde_json::json!({"format": "loglik.show/1", "models": fits}));
        return Ok(Exit::Ok);
    }
    let mut columns = vec![("term", Align::Left)];
    columns.extend(args.models.iter().map(|path| (path.as_str(), Align::Right)));
    let mut grid = Grid::new(&columns);
    let mut terms: Vec<&str> = Vec::new();
    for term in models.iter().flat_map(|m| &m.fit.coefficients).map(Coefficient::shown_name) {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    for term in terms {
        let cell = |m: &ModelFile| {
            let line = m.fit.coefficients.iter().find(|c| c.shown_name() == term);
            line.map_or(String::new(), with_error)
        };
        grid.row([term.to_owned()].into_iter().chain(models.iter().map(cell)).collect());
    }
    type Cell = fn(&ModelFile) -> String;
    let figures: [(&str, Cell); 4] = [
        ("log-likelihood", |m| estimate(m.fit.loglik.0)),
        ("AIC", |m| estimate(m.fit.aic.0)),
        ("BIC", |m| estimate(m.fit.bic.0)),
        ("rows", |m| m.fit.n.to_string()),
    ];
    for (name, cell) in figures {
        grid.row([name.to_owned()].into_iter().chain(models.iter().map(cell)).collect());
    }
    say!("{}", grid.render(Format::Text));
    Ok(Exit::Ok)
}

/// An estimate and its standard error, where it has them.
fn with_error(c: &Coefficient) -> String {
    match (c.estimate.0.is_nan(), c.std_error.0.is_nan()) {
        (true, _) => "-".to_owned(),
        (false, true) => estimate(c.estimate.0),
        (false, false) => format!("{} ({})", estimate(c.estimate.0), estimate(c.std_error.0)),
    }
}

/// The decision boundary, or the distances of rows from it.
fn boundary(model: &ModelFile, args: &ShowArgs) -> Result<Exit, Error> {
    let boundaries = model.boundaries()?;
    if let Some(path) = &args.rows {
        return distances(model, path, args.json);
    }
    if args.json {
        say_line!("{}", serde_json::json!({"format": "loglik.boundary/1", "boundaries": boundaries}));
        return Ok(Exit::Ok);
    }
    for b in &boundaries {
        say_line!(
            "{} against {}: boundary at p = {}, offset {} from the origin",
            escape_terminal(&b.class),
            escape_terminal(&b.against),
            estimate(b.threshold),
            estimate(b.offset.0)
        );
        let mut grid = Grid::new(&[
            ("term", Align::Left),
            ("coefficient", Align::Right),
            ("unit normal", Align::Right),
            ("cuts its axis at", Align::Right),
        ]);
        for axis in &b.axes {
            let numbers = [axis.coefficient, axis.normal.0, axis.cut.0].map(estimate);
            grid.row([axis.term.clone()].into_iter().chain(numbers).collect());
        }
        say_line!("{}", grid.render(Format::Text));
    }
    Ok(Exit::Ok)
}

/// One line a row: signed distance from each boundary, positive on the side of its class.
fn distances(model: &ModelFile, path: &str, json: bool) -> Result<Exit, Error> {
    let mut scan = data::Scan::open(path, data::ScanOptions::default())?;
    let names = model.needed_columns(scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let table = scan.read(Some(&wanted))?.table;
    let found = model.distances(&table)?;
    let classes: Vec<String> = model.boundaries()?.iter().map(|b| format!("distance[{}]", b.class)).collect();
    if json {
        let columns: Vec<_> = classes
            .iter()
            .zip(&found)
            .map(|(name, d)| {
                (name.clone(), serde_json::json!(d.iter().map(|d| Number(*d)).collect::<Vec<_>>()))
            })
            .collect();
        let columns: serde_json::Map<String, serde_json::Value> = columns.into_iter().collect();
        say_line!("{}", serde_json::json!({"format": "loglik.boundary/1", "rows": columns}));
        return Ok(Exit::Ok);
    }
    let mut columns = vec![("row", Align::Right)];
    columns.extend(classes.iter().map(|name| (name.as_str(), Align::Right)));
    let mut grid = Grid::new(&columns);
    for row in 0..table.rows() {
        let cells = found.iter().map(|d| if d[row].is_nan() { String::new() } else { d[row].to_string() });
        grid.row([(row + 1).to_string()].into_iter().chain(cells).collect());
    }
    say!("{}", grid.render(Format::Csv));
    Ok(Exit::Ok)
}
