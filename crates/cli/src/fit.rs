//! `loglik fit`: flags to a spec, a table from a file, a result on stdout.

use crate::args::{FitArgs, SharedArgs};
use crate::checkpoint::Kept;
use crate::output::{self, plural};
use crate::progress::Progress;
use crate::stdout::{self, say_line};
use crate::{interrupt, memory};
use loglik::{
    Error, Exit, FitPlan, FitSpec, Method, Note, PenaltySpec, data, fit_from, loglik_at, needed_columns,
    plan_fit,
};

/// Fits and prints; the exit code says how the fit ended.
pub(crate) fn run(args: &FitArgs) -> Result<Exit, Error> {
    let (formula, path) = asked(args)?;
    answer(&spec(args, &formula)?, path, &args.shared)
}

/// Fits a spec to a file and prints the result.
pub(crate) fn answer(spec: &FitSpec, path: &str, args: &SharedArgs) -> Result<Exit, Error> {
    let format = args.printed.read()?;
    let mut progress = Progress::new(&args.progress, args.verbose, args.trace)?;
    if let Some(path) = &args.output {
        output::refuse_overwrite(path, args.force)?;
        interrupt::cleans(path);
    }
    let options = data::ScanOptions { na: args.table.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(path, options)?;
    let names = needed_columns(spec, scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let (rows, found) = memory::rows(&mut scan, &wanted, args.memory.as_deref())?;
    if args.exp && (args.dry_run || !spec.at.is_empty()) {
        return Err(Error::request(
            "--exp shows the table of a fit, and with --dry-run or --at there is none",
        )
        .remedy("leave out --exp"));
    }
    if args.dry_run {
        plan(&plan_fit(spec, rows)?, format.is_none());
        return Ok(Exit::Ok);
    }
    if !spec.at.is_empty() {
        output::evaluated(&loglik_at(spec, rows)?, format);
        return Ok(Exit::Ok);
    }
    let spec = FitSpec { interrupt: interrupt::asks(), ..spec.clone() };
    let mut kept = Kept::begin(&spec, path, args)?;
    let fitted = fit_from(&spec, rows, &mut kept.passes, &mut |pass| {
        interrupt::keeps();
        progress.show(pass);
    });
    progress.end();
    let mut fitted = fitted.or_else(|error| match error.exit {
        Exit::Interrupted => Err(kept.keep(error)?),
        _ => Err(error),
    })?;
    fitted.result.notes.extend(found.iter().map(Note::of_data));
    // Before anything is written: it may be refused.
    let ratios = args.exp.then(|| fitted.result.exponentiated()).transpose()?;
    if let Some(path) = &args.output {
        output::write(path, &fitted.model_file()?)?;
        kept.done();
    }
    if args.output.as_deref() != Some("-") {
        output::result(ratios.as_ref().unwrap_or(&fitted.result), format);
    }
    if !args.quiet {
        output::notes(&fitted.result.notes);
    }
    kept.done();
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
        stdout::json(plan);
        return;
    }
    say_line!("{}: {} rows used, {} dropped", plan.likelihood, plan.rows, plan.n_dropped);
    say_line!("{} coefficients: {}", plan.coefficients.len(), shortened(&plan.coefficients));
    let blocks: Vec<String> = plan.blocks.iter().map(|(kind, size)| format!("{kind} {size}")).collect();
    say_line!("design: {}", blocks.join(", "));
    say_line!(
        "{} part{} of {} rows on {} thread{}, from {}",
        plan.parts,
        plural(plan.parts),
        plan.part_rows,
        plan.threads,
        plural(plan.threads),
        plan.source
    );
    for (what, bytes) in &plan.bytes {
        say_line!("  {what}: {:.1} MB", *bytes as f64 / 1e6);
    }
    say_line!("way: {}", plan.way);
    plan.why.iter().for_each(|why| say_line!("  {why}"));
}

fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let more = if names.len() > SHOWN { ", .." } else { "" };
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| loglik_report::escape_terminal(name).to_string()).collect();
    shown.join(", ") + more
}

/// `NAME=VALUE`, or the value alone with an empty name.
pub(crate) fn pair(text: &str) -> (String, String) {
    text.split_once('=')
        .map_or((String::new(), text.to_owned()), |(a, b)| (a.trim().to_owned(), b.trim().to_owned()))
}

/// Values of `--fix`.
pub(crate) fn fixed(texts: &[String]) -> Result<Vec<(String, f64)>, Error> {
    texts.iter().map(|text| named_number("--fix", text)).collect()
}

/// Flags to a spec.
pub(crate) fn spec(args: &FitArgs, formula: &str) -> Result<FitSpec, Error> {
    let mut spec = FitSpec::new(formula, &args.likelihood);
    spec.links = args.link.iter().map(|text| pair(text)).collect();
    spec.offset.clone_from(&args.offset);
    spec.exposure.clone_from(&args.exposure);
    spec.event.clone_from(&args.event);
    spec.reference.clone_from(&args.reference);
    spec.tau = args.tau;
    spec.structure.clone_from(&args.structure);
    share(&args.shared, &mut spec)?;
    Ok(spec)
}

/// `NAME=VALUE` of a flag, as a name and a number.
pub(crate) fn named_number(flag: &str, text: &str) -> Result<(String, f64), Error> {
    // A machine name may hold a sign of its own: `I(x == 2)`.
    let (name, value) = text.rsplit_once('=').unwrap_or(("", text));
    match value.trim().parse() {
        Ok(value) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value)),
        _ => Err(Error::request(format!("{flag} {text}: write NAME=VALUE"))),
    }
}

/// What every fit takes.
pub(crate) fn share(args: &SharedArgs, spec: &mut FitSpec) -> Result<(), Error> {
    spec.fixed = fixed(&args.fix)?;
    spec.at = args.at.iter().map(|text| named_number("--at", text)).collect::<Result<_, _>>()?;
    spec.weights.clone_from(&args.table.weights);
    spec.weight_kind = args.table.weight_kind.parse()?;
    spec.cluster.clone_from(&args.cluster);
    spec.filter.clone_from(&args.table.filter);
    spec.missing = args.missing.parse()?;
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
    if let Some(text) = &args.bootstrap {
        spec.bootstrap.of = text.parse()?;
    }
    if let Some(replicates) = args.replicates {
        spec.bootstrap.replicates = replicates;
    }
    spec.bootstrap.refit = args.refit;
    spec.bias_reduction = args.bias_reduction.as_deref().map(str::parse).transpose()?;
    spec.penalty = penalty(args)?;
    if let Some(text) = &args.dispersion {
        spec.dispersion = text.parse()?;
    }
    spec.ci = args.ci.parse()?;
    spec.level = Some(args.table.level);
    spec.term_tests = args.term_tests.parse()?;
    spec.method = method(args)?;
    spec.on_separation = args.on_separation.parse()?;
    spec.threads = args.table.threads;
    spec.seed = args.seed;
    spec.command = Some(std::env::args().collect::<Vec<_>>().join(" "));
    Ok(())
}

fn penalty(args: &SharedArgs) -> Result<Option<PenaltySpec>, Error> {
    let Some(text) = &args.penalty else {
        let alone = args.l1_ratio.is_some() || args.standardize || !args.penalty_factor.is_empty();
        let message = "--l1-ratio, --standardize and --penalty-factor belong to --penalty";
        return if alone { Err(Error::request(message)) } else { Ok(None) };
    };
    let mut penalty = PenaltySpec::parse(text, args.l1_ratio)?;
    penalty.standardize = args.standardize;
    for text in &args.penalty_factor {
        // A term's own name may hold `=`: the factor stands behind the last.
        let parts =
            text.rsplit_once('=').and_then(|(name, factor)| Some((name.trim(), factor.trim().parse().ok()?)));
        let Some((name, factor)) = parts else {
            return Err(Error::request(format!("--penalty-factor {text}: write TERM=FACTOR")));
        };
        penalty.factors.push((name.to_owned(), factor));
    }
    Ok(Some(penalty))
}

fn method(args: &SharedArgs) -> Result<Method, Error> {
    match args.optimizer.as_str() {
        "newton" => Ok(Method::Newton),
        "lbfgs" => Ok(Method::Lbfgs),
        "gradient" => Ok(Method::Gradient(args.learning_rate)),
        other => Err(Error::unknown_word("optimizer", other, ["newton", "lbfgs", "gradient"].into_iter())),
    }
}
