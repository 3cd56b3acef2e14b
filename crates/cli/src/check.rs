//! `loglik check`: a fit and its diagnosis, one line a finding, each with the command that mends it; with `--strict` a
//! gate.

use crate::args::FitArgs;
use crate::stdout::{self, say, say_line};
use crate::{fit, memory, output, request_words};
use loglik::{
    Checked, Diagnosis, Error, Exit, FitSpec, Mend, ModelFile, Note, SideBySide, Standing, data, fit_watched,
    needed_columns,
};
use loglik_report::{Align, Format, Grid, escape_terminal, estimate, p_value};

/// Rows that a finding names at most.
const NAMED: usize = 20;

/// Fits, looks, and prints.
pub(crate) fn run(args: &FitArgs) -> Result<Exit, Error> {
    let format = args.shared.printed.read()?;
    if let Some(path) = &args.shared.output {
        output::refuse_overwrite(path, args.shared.force)?;
    }
    if args.shared.resume || args.shared.exp || args.shared.trace || args.shared.dry_run {
        let message = "check keeps no checkpoint, shows no ratios, tells no passes and has no plan to show";
        return Err(Error::request(message).remedy("leave out --resume, --exp, --trace and --dry-run"));
    }
    let (formula, path) = fit::asked(args)?;
    let spec = asked(args, &formula)?;
    let options = data::ScanOptions { na: args.shared.table.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(path, options)?;
    let names = needed_columns(&spec, scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let (rows, found) = memory::rows(&mut scan, &wanted, args.shared.memory.as_deref())?;
    let mut fitted = fit_watched(&spec, rows, &mut |_| {})?;
    fitted.result.notes.extend(found.iter().map(Note::of_data));
    let checked = fitted.check()?;
    let mut words: Vec<String> = std::env::args().collect();
    if is_model(&formula) {
        // A model file stands for the words that it was asked for with.
        let of_model = [formula.clone(), path.to_owned()].into_iter().chain(request_words::words(&spec));
        words = words.into_iter().take(2).chain(of_model).collect();
    }
    let asked = Asked { formula: &formula, data: path, target: args.target.is_some() };
    let command = |mend: &Mend| again(&words, &asked, &fitted.spec, mend);
    if let Some(path) = &args.shared.output {
        output::write(path, &format!("{:#}\n", json(&checked, &command)))?;
    }
    match format {
        None => stdout::json(&json(&checked, &command)),
        Some(Format::Text) => print(&checked, &command),
        Some(format) => say!("{}", grid(&checked, &command).render(format)),
    }
    let exit = fitted.result.status.exit();
    let gate = args.shared.strict && exit == Exit::Ok && checked.standing >= Standing::Warn;
    Ok(if gate { Exit::Gate } else { exit })
}

/// The request: a formula, or a model file whose fit, of a formula or of a text, is done again.
fn asked(args: &FitArgs, formula: &str) -> Result<FitSpec, Error> {
    let spec = fit::spec(args, formula)?;
    if !is_model(formula) {
        return Ok(spec);
    }
    let model = ModelFile::load(formula)?.spec();
    if model.text.is_none() && model.formula.is_empty() {
        return Err(Error::request("check reads model files of `loglik fit` and `loglik mle`"));
    }
    let shared = FitSpec {
        threads: spec.threads,
        seed: spec.seed.or(model.seed),
        filter: spec.filter.or(model.filter),
        command: spec.command,
        ..model
    };
    Ok(shared)
}

fn is_model(text: &str) -> bool {
    text.ends_with(".json") && !text.contains('~')
}

/// The words that say what is fitted to what.
struct Asked<'a> {
    formula: &'a str,
    data: &'a str,
    /// Whether --target stands in place of the formula.
    target: bool,
}

/// The command of a mend: `loglik fit`, or `mle` with the text, with the words of this one, but for what is replaced.
fn again(words: &[String], asked: &Asked<'_>, spec: &FitSpec, mend: &Mend) -> String {
    const DROPPED: [&str; 4] = ["strict", "json", "format", "output"];
    const SWITCHES: [&str; 7] = ["strict", "json", "force", "quiet", "standardize", "verbose", "refit"];
    let verb = if spec.text.is_some() { "mle" } else { "fit" };
    let mut out = vec!["loglik".to_owned(), verb.to_owned()];
    let is_replaced = |name: &str| {
        let name = if name == "family" { "likelihood" } else { name };
        let gone = mend.flags.iter().flat_map(|(flag, _)| ends(flag));
        mend.flags.iter().any(|(flag, _)| flag == name)
            || DROPPED.contains(&name)
            || (mend.formula.is_some() && ["target", "features"].contains(&name))
            || gone.copied().any(|f| f == name)
    };
    let mut rest = words.iter().skip(2).peekable();
    while let Some(word) = rest.next() {
        if word == asked.formula && !asked.target {
            let typed = spec.text.as_ref().unwrap_or(&spec.formula);
            out.push(mend.formula.as_ref().unwrap_or(typed).clone());
        } else if word == asked.data && asked.target {
            out.extend(mend.formula.clone());
            out.push(word.clone());
        } else if let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) {
            let name = flag.split('=').next().unwrap_or(flag);
            let valued = !flag.contains('=') && !SWITCHES.contains(&name);
            let value = if valued { rest.next() } else { None };
            if !is_replaced(name) {
                out.push(word.clone());
                out.extend(value.cloned());
            }
        } else if word.starts_with("-o") || word == "-q" {
            if word == "-o" {
                rest.next();
            }
        } else {
            out.push(word.clone());
        }
    }
    for (flag, value) in &mend.flags {
        out.extend([format!("--{flag}"), value.clone()]);
    }
    request_words::typed(&out)
}

/// Flags that say nothing any more, or are refused, beside one of a mend.
fn ends(flag: &str) -> &'static [&'static str] {
    match flag {
        "se" => &[
            "cluster",
            "se-form",
            "se-factor",
            "bootstrap",
            "replicates",
            "refit",
            "hac-lag",
            "hac-kernel",
            "hac-order",
        ],
        "penalty" => {
            &["se", "se-form", "se-factor", "se-bread", "cluster", "ci", "term-tests", "bias-reduction"]
        }
        "bias-reduction" => &["se", "se-form", "se-factor", "se-bread", "cluster", "term-tests", "penalty"],
        "likelihood" => &["dispersion", "penalty", "bias-reduction"],
        "ci" => &["bias-reduction", "penalty"],
        _ => &[],
    }
}

fn json(checked: &Checked, command: &dyn Fn(&Mend) -> String) -> serde_json::Value {
    let mut out = serde_json::to_value(checked).expect("findings are plain data");
    let findings = out["findings"].as_array_mut().expect("a list of findings");
    for (shown, found) in findings.iter_mut().zip(&checked.findings) {
        shown["command"] = found.mend.as_ref().map(command).into();
    }
    out
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Pass => "pass",
        Standing::Info => "info",
        Standing::Warn => "WARN",
        Standing::Fail => "FAIL",
    }
}

fn shown_p(found: &Diagnosis) -> String {
    if found.p_value.0.is_nan() { String::new() } else { p_value(found.p_value.0) }
}

fn print(checked: &Checked, command: &dyn Fn(&Mend) -> String) {
    for found in &checked.findings {
        let p = shown_p(found);
        let p = if p.is_empty() { p } else { format!(", p {p}") };
        say_line!("{}  {:<20}  {}{p}", word(found.standing), found.id, escape_terminal(&found.message));
        if found.standing < Standing::Warn {
            continue;
        }
        if !found.rows.is_empty() {
            let rows: Vec<String> = found.rows.iter().map(u64::to_string).collect();
            // A note names so many at most.
            let more = if rows.len() == NAMED { ", .." } else { "" };
            say_line!("      rows  {}{more}", rows.join(", "));
        }
        if let Some(remedy) = &found.remedy {
            say_line!("      mend  {}", escape_terminal(remedy));
        }
        if let Some(mend) = &found.mend {
            say_line!("      try   {}", escape_terminal(&command(mend)));
        }
    }
    if let Some(compared) = &checked.compared {
        say_line!(
            "\nfew events: methods side by side (mle: Wald interval; firth: penalised profile; a ridge has none)"
        );
        say!("{}", side_by_side(compared).render(Format::Text));
        let (draws, seed) = (compared.draws, compared.seed);
        match draws {
            0 => say_line!("covers: not simulated, for weighted rows or because it would take long"),
            _ => say_line!(
                "covers: share of {draws} data sets drawn at the firth estimates (seed {seed}); chance: its standard error"
            ),
        }
    }
}

fn side_by_side(compared: &SideBySide) -> Grid {
    let mut grid = Grid::new(&[
        ("term", Align::Left),
        ("method", Align::Left),
        ("estimate", Align::Right),
        ("interval", Align::Right),
        ("covers", Align::Right),
        ("chance", Align::Right),
    ]);
    for line in &compared.lines {
        let interval = match line.conf_low.0.is_nan() && line.conf_high.0.is_nan() {
            true => String::new(),
            false => format!("{}, {}", estimate(line.conf_low.0), estimate(line.conf_high.0)),
        };
        let percent = |share: f64| match share.is_nan() {
            true => String::new(),
            false => format!("{:.1} %", 100.0 * share),
        };
        grid.row(vec![
            line.term.clone(),
            line.method.to_owned(),
            estimate(line.estimate.0),
            interval,
            percent(line.coverage.0),
            percent(line.coverage_std_error.0),
        ]);
    }
    grid
}

/// One line a finding with the names of the JSON.
fn grid(checked: &Checked, command: &dyn Fn(&Mend) -> String) -> Grid {
    let names = ["id", "standing", "message", "statistic", "p_value", "columns", "rows", "remedy", "command"];
    let mut grid = Grid::new(&names.map(|name| (name, Align::Left)));
    for found in &checked.findings {
        let number = |v: loglik::Number| if v.0.is_nan() { String::new() } else { v.0.to_string() };
        let rows: Vec<String> = found.rows.iter().map(u64::to_string).collect();
        grid.row(vec![
            found.id.clone(),
            word(found.standing).to_lowercase(),
            found.message.clone(),
            number(found.statistic),
            number(found.p_value),
            found.columns.join(" "),
            rows.join(" "),
            found.remedy.clone().unwrap_or_default(),
            found.mend.as_ref().map(command).unwrap_or_default(),
        ]);
    }
    grid
}
