//! `loglik compare`: model files side by side, likelihood ratios of nested ones, Vuong's test where data are given.

use crate::model_args::CompareArgs;
use crate::stdout::{say, say_line};
use loglik::{Comparison, Error, Exit, Fitted, ModelFile, Vuong, compare, data, fit, needed_columns};
use loglik_report::{Align, Format, Grid, escape_terminal, estimate, p_value};

/// Compares and prints.
pub(crate) fn run(args: &CompareArgs) -> Result<Exit, Error> {
    let format = args.result.printed.read()?;
    let files = args.models.iter().map(|path| ModelFile::load(path)).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<_> = args.models.iter().cloned().zip(&files).collect();
    let found = compare(&named);
    let vuong = match &args.data {
        Some(path) => vuong_tests(args, &files, path)?,
        None => Vec::new(),
    };
    match format {
        None => {
            let mut json = serde_json::json!(found);
            json["vuong"] = serde_json::json!(
                vuong
                    .iter()
                    .map(|(a, b, test)| serde_json::json!({"first": a, "second": b, "test": test}))
                    .collect::<Vec<_>>()
            );
            say_line!("{json:#}");
        }
        Some(format) => {
            say!("{}", table(&found).render(format));
            if format == Format::Text {
                say!("{}", foot(&found, &vuong));
            }
        }
    }
    Ok(if found.same_rows { Exit::Ok } else { Exit::Data })
}

/// Vuong's test of each model against the first, both fitted again to the data.
fn vuong_tests(
    args: &CompareArgs,
    files: &[ModelFile],
    path: &str,
) -> Result<Vec<(String, String, Vuong)>, Error> {
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(path, options)?;
    let mut wanted: Vec<String> = Vec::new();
    let specs: Vec<_> = files.iter().map(ModelFile::spec).collect();
    for spec in &specs {
        for name in needed_columns(spec, scan.names())? {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
    }
    let columns: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let table = scan.read(Some(&columns))?.table;
    let fits: Vec<Fitted> = specs.iter().map(|spec| fit(spec, &table)).collect::<Result<_, _>>()?;
    let pairs = (1..fits.len()).map(|i| {
        let test = fits[0].vuong(&fits[i])?;
        Ok((args.models[0].clone(), args.models[i].clone(), test))
    });
    pairs.collect()
}

fn table(found: &Comparison) -> Grid {
    let mut grid = Grid::new(&[
        ("model", Align::Left),
        ("likelihood", Align::Left),
        ("terms", Align::Left),
        ("log-lik", Align::Right),
        ("df", Align::Right),
        ("against", Align::Left),
        ("LR", Align::Right),
        ("LR df", Align::Right),
        ("p", Align::Right),
        ("dAIC", Align::Right),
        ("dBIC", Align::Right),
        ("AIC weight", Align::Right),
    ]);
    for (i, model) in found.models.iter().enumerate() {
        let lr = model.lr.as_ref();
        grid.row(vec![
            model.model.clone(),
            model.likelihood.clone(),
            terms(&model.added, &model.dropped, i == 0),
            format!("{:.2}", model.loglik.0),
            model.df.to_string(),
            lr.map_or(String::new(), |lr| lr.against.clone()),
            lr.map_or(String::new(), |lr| estimate(lr.statistic.0)),
            lr.map_or(String::new(), |lr| lr.df.to_string()),
            lr.map_or(String::new(), |lr| p_value(lr.p_value.0)),
            shown(model.d_aic.0),
            shown(model.d_bic.0),
            if model.aic_weight.0.is_nan() { String::new() } else { format!("{:.3}", model.aic_weight.0) },
        ]);
    }
    grid
}

fn shown(distance: f64) -> String {
    if distance.is_nan() { String::new() } else { format!("{distance:.1}") }
}

/// `+ region, prior - age`; the first model's terms without a sign.
fn terms(added: &[String], dropped: &[String], first: bool) -> String {
    if first {
        return added.join(", ");
    }
    let side = |sign: &str, list: &[String]| {
        if list.is_empty() { String::new() } else { format!("{sign} {}", list.join(", ")) }
    };
    let parts = [side("+", added), side("-", dropped)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn foot(found: &Comparison, vuong: &[(String, String, Vuong)]) -> String {
    let rows = if found.same_rows {
        "yes (fingerprint)"
    } else {
        "no, other rows or another order of them (fingerprint): neither tests nor criteria compare the models"
    };
    let mut out = format!("same rows: {rows}\n");
    for model in &found.models {
        if let Some(lr) = model.lr.as_ref().filter(|lr| lr.distribution == "chi_bar2") {
            let name = escape_terminal(&model.model);
            out.push_str(&format!(
                "{name}: a parameter is at an end of its range under {}, so p is that of chi-bar-square\n",
                escape_terminal(&lr.against)
            ));
        }
    }
    for (a, b, test) in vuong {
        out.push_str(&format!(
            "Vuong, {} against {}: z {:.2}, p {}; corrected as AIC {:.2}, p {}; as BIC {:.2}, p {}\n",
            escape_terminal(a),
            escape_terminal(b),
            test.statistic.0,
            p_value(test.p_value.0),
            test.aic_corrected.0,
            p_value(test.aic_p_value.0),
            test.bic_corrected.0,
            p_value(test.bic_p_value.0)
        ));
    }
    let apart = found.models.iter().skip(1).any(|model| model.lr.is_none());
    if found.same_rows && vuong.is_empty() && apart {
        out.push_str("no LR where no other model lies within: criteria, or Vuong's test with --data FILE\n");
    }
    if !vuong.is_empty() && found.models.iter().any(|model| model.lr.is_some()) {
        out.push_str("Vuong is for models that do not nest; where one lies in the other LR is the test\n");
    }
    out
}
