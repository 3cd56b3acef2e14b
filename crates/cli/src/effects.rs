//! `loglik effects`: average marginal effects, contrasts and adjusted predictions of a model file over rows.

use crate::model_args::EffectsArgs;
use crate::stdout::{self, say, say_line, tell_line};
use loglik::{EffectSpec, Effects, Error, Exit, ModelFile, data};
use loglik_report::{Align, Format, Grid, escape_terminal, estimate, p_value};

/// Computes and prints.
pub(crate) fn run(args: &EffectsArgs) -> Result<Exit, Error> {
    let format = args.result.printed.read()?;
    let spec = spec(args)?;
    let model = ModelFile::load(&args.model)?;
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(&args.data, options)?;
    let names = model.effect_columns(&spec, scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let table = scan.read(Some(&wanted))?.table;
    let found = model.effects(&table, &spec)?;
    if found.n_dropped > 0 {
        tell_line!("{} rows dropped for missing values", found.n_dropped);
    }
    match format {
        None => stdout::json(&found),
        Some(format) => {
            say!("{}", grid(&found, format).render(format));
            if format == Format::Text {
                let over = found.trials.map_or(String::new(), |trials| format!("{trials} trials in "));
                let of = match found.scale.as_str() {
                    "quantity" => String::new(),
                    scale => format!(" on the {scale} scale"),
                };
                say_line!("averages over {over}{} rows{of}, delta method", found.n);
            }
        }
    }
    Ok(Exit::Ok)
}

fn spec(args: &EffectsArgs) -> Result<EffectSpec, Error> {
    let mut spec = EffectSpec {
        variables: args.variables.clone(),
        by: args.by.clone(),
        link: match args.scale.as_str() {
            "response" => false,
            "link" => true,
            other => return Err(Error::unknown_word("scale", other, ["response", "link"].into_iter())),
        },
        quantities: args.of.clone(),
        level: Some(args.level),
        ..EffectSpec::default()
    };
    let parts = |text: &str| text.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
    for text in &args.predict {
        let (name, values) = text.split_once('=').map_or((text.as_str(), Vec::new()), |(a, b)| (a, parts(b)));
        spec.predict.push((name.trim().to_owned(), values));
    }
    for text in &args.contrast {
        let pair = text.split_once('=').map(|(name, ends)| (name.trim().to_owned(), parts(ends)));
        match pair {
            Some((name, ends)) if ends.len() == 2 => {
                spec.contrasts.push((name, ends[0].clone(), ends[1].clone()));
            }
            _ => return Err(Error::request(format!("--contrast {text}: write COLUMN=FROM,TO"))),
        }
    }
    Ok(spec)
}

fn grid(found: &Effects, format: Format) -> Grid {
    let interval = format!("{}% interval", found.level * 100.0);
    if format == Format::Csv {
        return tidy(found);
    }
    let mut grid = Grid::new(&[
        ("effect", Align::Left),
        ("estimate", Align::Right),
        ("std.err", Align::Right),
        ("z", Align::Right),
        ("p", Align::Right),
        (interval.as_str(), Align::Right),
    ]);
    for e in &found.effects {
        let what = match (e.effect.as_str(), &e.contrast) {
            ("slope", _) => format!("slope of {}", e.variable),
            ("contrast", Some(pair)) => format!("{}: {pair}", e.variable),
            (_, Some(value)) => format!("at {} = {value}", e.variable),
            (_, None) => e.variable.clone(),
        };
        let of = e.quantity.as_ref().map_or(String::new(), |q| format!(", on {q}"));
        let class = e.class.as_ref().map_or(String::new(), |c| format!(", p[{c}]"));
        let by = e.by.as_ref().map_or(String::new(), |by| format!(", group {by}"));
        grid.row(vec![
            escape_terminal(&format!("{what}{class}{of}{by}")),
            estimate(e.estimate.0),
            estimate(e.std_error.0),
            if e.statistic.0.is_nan() { String::new() } else { format!("{:.2}", e.statistic.0) },
            p_value(e.p_value.0),
            format!("{}, {}", estimate(e.conf_low.0), estimate(e.conf_high.0)),
        ]);
    }
    grid
}

/// One line an effect with the names of the JSON.
fn tidy(found: &Effects) -> Grid {
    let names = [
        "effect",
        "variable",
        "contrast",
        "class",
        "quantity",
        "by",
        "n",
        "estimate",
        "std_error",
        "statistic",
        "p_value",
        "conf_low",
        "conf_high",
    ];
    let mut grid = Grid::new(&names.map(|name| (name, Align::Left)));
    let number = |v: f64| if v.is_nan() { String::new() } else { v.to_string() };
    for e in &found.effects {
        let text = |v: &Option<String>| v.clone().unwrap_or_default();
        let words = [
            e.effect.clone(),
            e.variable.clone(),
            text(&e.contrast),
            text(&e.class),
            text(&e.quantity),
            text(&e.by),
        ];
        let numbers =
            [e.n, e.estimate.0, e.std_error.0, e.statistic.0, e.p_value.0, e.conf_low.0, e.conf_high.0];
        grid.row(words.into_iter().chain(numbers.map(number)).collect());
    }
    grid
}
