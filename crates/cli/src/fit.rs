//! `loglik fit`: flags to a spec, a table from a file, a result on stdout.

use crate::args::FitArgs;
use crate::progress::Progress;
use crate::{interrupt, memory, output};
use loglik::{Data, Error, Exit, FitPlan, FitSpec, Method, data, fit_watched, needed_columns, plan_fit};

/// Fits and prints; the exit code says how the fit ended.
pub(crate) fn run(args: &FitArgs) -> Result<Exit, Error> {
    let format = output::format(if args.json { "json" } else { &args.format })?;
    let (formula, path) = asked(args)?;
    let spec = spec(args, &formula)?;
    if let Some(path) = &args.output {
        output::refuse_overwrite(path, args.force)?;
        interrupt::cleans(path);
    }
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(path, options)?;
    let names = needed_columns(&spec, scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = match &args.memory {
        None => Data::Table(scan.read(Some(&wanted))?.table),
        // A quarter for decoded columns; parts being filled, sums and what parsing needs take the rest.
        Some(text) => Data::Stream(scan.stream(Some(&wanted), memory::bytes(text)? / 4)?),
    };
    if args.dry_run {
        plan(&plan_fit(&spec, rows)?, format.is_none());
        return Ok(Exit::Ok);
    }
    let mut progress = Progress::new(&args.progress, args.verbose)?;
    let fitted = fit_watched(&spec, rows, &mut |pass| progress.show(pass))?;
    progress.end();
    if let Some(path) = &args.output {
        output::write(path, &fitted.model_file()?)?;
    }
    output::result(&fitted.result, format);
    if !args.quiet {
        output::notes(&fitted.result.notes);
    }
    let exit = fitted.result.status.exit();
    let strict = args.strict && !fitted.result.notes.is_empty() && exit == Exit::Ok;
    Ok(if strict { Exit::Gate } else { exit })
}

/// The formula and the data: typed, or the target and features as a formula and one word for the data.
pub(crate) fn asked(args: &FitArgs) -> Result<(String, &str), Error> {
    match (&args.target, &args.formula, &args.data) {
        (None, Some(formula), Some(data)) => Ok((formula.clone(), data)),
        (Some(target), Some(data), None) => {
            let features: Vec<String> = args.features.iter().map(|name| quoted(name)).collect();
            let terms = if features.is_empty() { ".".to_owned() } else { features.join(" + ") };
            Ok((format!("{} ~ {terms}", quoted(target)), data))
        }
        _ => Err(Error::request("write FORMULA DATA, or --target COLUMN DATA")),
    }
}

/// A column name as a formula takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    if name.chars().all(plain) && name.chars().next().is_some_and(|c| !c.is_ascii_digit()) {
        return name.to_owned();
    }
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

/// Prints what a fit would do.
fn plan(plan: &FitPlan, json: bool) {
    if json {
        println!("{}", serde_json::to_string_pretty(plan).unwrap_or_default());
        return;
    }
    println!("{}: {} rows used, {} dropped", plan.likelihood, plan.rows, plan.n_dropped);
    println!("{} coefficients: {}", plan.coefficients.len(), shortened(&plan.coefficients));
    let blocks: Vec<String> = plan.blocks.iter().map(|(kind, size)| format!("{kind} {size}")).collect();
    println!("design: {}", blocks.join(", "));
    println!("{} parts of 65536 rows on {} threads, from {}", plan.parts, plan.threads, plan.source);
    for (what, bytes) in &plan.bytes {
        println!("  {what}: {:.1} MB", *bytes as f64 / 1e6);
    }
    println!("way: {}", plan.way);
    plan.why.iter().for_each(|why| println!("  {why}"));
}

fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let more = if names.len() > SHOWN { ", .." } else { "" };
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| loglik_report::escape_terminal(name).to_string()).collect();
    shown.join(", ") + more
}

/// `NAME=VALUE`, or the value alone with an empty name.
fn pair(text: &str) -> (String, String) {
    text.split_once('=')
        .map_or((String::new(), text.to_owned()), |(a, b)| (a.trim().to_owned(), b.trim().to_owned()))
}

/// Flags to a spec.
pub(crate) fn spec(args: &FitArgs, formula: &str) -> Result<FitSpec, Error> {
    let mut spec = FitSpec::new(formula, &args.likelihood);
    spec.links = args.link.iter().map(|text| pair(text)).collect();
    for text in &args.fix {
        let (name, value) = pair(text);
        let value = value.parse().map_err(|_| Error::request(format!("--fix {text}: write PARAM=VALUE")))?;
        spec.fixed.push((name, value));
    }
    spec.weights.clone_from(&args.weights);
    spec.weight_kind = args.weight_kind.parse()?;
    spec.offset.clone_from(&args.offset);
    spec.exposure.clone_from(&args.exposure);
    spec.cluster.clone_from(&args.cluster);
    spec.event.clone_from(&args.event);
    spec.reference.clone_from(&args.reference);
    spec.filter.clone_from(&args.filter);
    spec.missing = args.missing.parse()?;
    spec.tau = args.tau;
    spec.structure.clone_from(&args.structure);
    spec.se = args.se.as_deref().map(str::parse).transpose()?;
    spec.se_factor = args.se_factor.as_deref().map(str::parse).transpose()?;
    if let Some(text) = &args.se_form {
        spec.se_form = text.parse()?;
    }
    if let Some(text) = &args.se_bread {
        spec.se_bread = text.parse()?;
    }
    if let Some(text) = &args.hac_kernel {
        spec.hac_kernel = text.parse()?;
    }
    spec.hac_lag = args.hac_lag;
    spec.hac_order.clone_from(&args.hac_order);
    if let Some(text) = &args.dispersion {
        spec.dispersion = text.parse()?;
    }
    spec.ci = args.ci.parse()?;
    spec.level = Some(args.level);
    spec.term_tests = args.term_tests.parse()?;
    spec.method = method(args)?;
    spec.on_separation = args.on_separation.parse()?;
    spec.threads = args.threads;
    spec.seed = args.seed;
    spec.command = Some(std::env::args().collect::<Vec<_>>().join(" "));
    Ok(spec)
}

fn method(args: &FitArgs) -> Result<Method, Error> {
    match args.optimizer.as_str() {
        "newton" => Ok(Method::Newton),
        "lbfgs" => Ok(Method::Lbfgs),
        "gradient" => Ok(Method::Gradient(args.learning_rate)),
        other => Err(Error::unknown_word("optimizer", other, ["newton", "lbfgs", "gradient"].into_iter())),
    }
}
