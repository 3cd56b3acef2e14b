//! Every note of the closed list: data that bring it, and data that nearly do and do not.

use loglik::data::{Scan, ScanOptions};
use loglik::expr::Column;
use loglik::{
    Data, EvaluateSpec, Evaluation, FitResult, FitSpec, GLOSSARY, ModelFile, Note, RowsSpec, SeKind, Subject,
    Table, evaluate, fit,
};
use std::fmt::Write as _;
use std::sync::Arc;

/// A column of numbers, or of words between commas.
fn column(text: &str) -> Column {
    let cells: Vec<&str> = text.split(',').map(str::trim_start).collect();
    let number = |cell: &&str| if *cell == "NA" { Some(f64::NAN) } else { cell.parse().ok() };
    if let Some(numbers) = cells.iter().map(number).collect() {
        return Column::Number(numbers);
    }
    let mut levels: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
    levels.sort();
    levels.dedup();
    let code = |cell: &&str| levels.iter().position(|level| level == cell).expect("its own level") as u32;
    let codes = cells.iter().map(code).collect();
    Column::Category { codes, levels: Arc::from(levels.clone()), ordered: false }
}

fn table(columns: &[(&str, &str)]) -> Table {
    let columns = columns.iter().map(|(name, text)| ((*name).to_owned(), column(text)));
    Table::from_columns(columns).expect("columns of one length")
}

fn noted(formula: &str, likelihood: &str, columns: &[(&str, &str)]) -> FitResult {
    asked(&FitSpec::new(formula, likelihood), columns)
}

fn asked(spec: &FitSpec, columns: &[(&str, &str)]) -> FitResult {
    fit(spec, &table(columns)).unwrap_or_else(|error| panic!("{}: {error}", spec.formula)).result
}

/// What has notes.
trait Noted {
    fn notes(&self) -> &[Note];
}

impl Noted for FitResult {
    fn notes(&self) -> &[Note] {
        &self.notes
    }
}

impl Noted for Evaluation {
    fn notes(&self) -> &[Note] {
        &self.notes
    }
}

impl Noted for Vec<Note> {
    fn notes(&self) -> &[Note] {
        self
    }
}

#[track_caller]
fn has(result: &impl Noted, id: &str) -> Note {
    let found = result.notes().iter().find(|note| note.id == id);
    found.unwrap_or_else(|| panic!("no {id} among {:?}", result.notes())).clone()
}

#[track_caller]
fn lacks(result: &impl Noted, id: &str) {
    assert!(result.notes().iter().all(|note| note.id != id), "{:?}", result.notes());
}

/// The ids that stand last in the calls of a function of this file.
fn asked_of(function: &str) -> Vec<&'static str> {
    let text = include_str!("notes.rs");
    let mut ids = Vec::new();
    for (at, _) in text.match_indices(&format!("{function}(")) {
        let call = &text[at..];
        let mut depth = 0;
        let end = call.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0 && c == ')'
        });
        let words = call[..end.expect("calls end")].trim_end_matches(|c: char| c.is_whitespace() || c == ',');
        ids.extend(words.strip_suffix('"').and_then(|rest| rest.rsplit('"').next()));
    }
    ids
}

#[test]
fn every_note_of_the_glossary_is_brought_by_data_here_and_missed_by_others() {
    let (brought, missed) = (asked_of("has"), asked_of("lacks"));
    for id in GLOSSARY.iter().filter(|entry| entry.subject == Subject::Note).map(|entry| entry.id) {
        assert!(brought.contains(&id), "no data bring {id}");
        assert!(missed.contains(&id), "no data nearly bring {id}");
    }
}

const X: &str = "1,2,3,4,5,6,7,8";

#[test]
fn separation_complete_needs_every_row_to_be_predicted() {
    let split = noted("y ~ x", "bernoulli", &[("x", X), ("y", "0,0,0,0,1,1,1,1")]);
    let note = has(&split, "separation_complete");
    assert_eq!(
        (note.columns.as_slice(), note.terms.as_slice()),
        (["x".to_owned()].as_slice(), ["x".to_owned()].as_slice())
    );
    assert!(note.remedy.is_some());
    let overlap = noted("y ~ x", "bernoulli", &[("x", X), ("y", "0,0,0,1,0,1,1,1")]);
    lacks(&overlap, "separation_complete");
}

#[test]
fn separation_quasi_names_the_level_with_one_outcome() {
    let g = ("g", "a,a,a,a,b,b,b,b");
    let split = noted("y ~ g", "bernoulli", &[g, ("y", "0,1,0,1,1,1,1,1")]);
    assert_eq!(has(&split, "separation_quasi").levels, ["b"]);
    lacks(&noted("y ~ g", "bernoulli", &[g, ("y", "0,1,0,1,1,1,1,0")]), "separation_quasi");
}

#[test]
fn parameter_at_infinity_and_rows_at_infinity_come_with_separation_alone() {
    let g = ("g", "a,a,a,b,b,b");
    let split = noted("y ~ g", "poisson", &[g, ("y", "3,1,2,0,0,0")]);
    assert_eq!(has(&split, "parameter_at_infinity").terms, ["g[b]"]);
    let rows = has(&split, "rows_at_infinity");
    assert_eq!(rows.rows, [4, 5, 6]);
    let finite = noted("y ~ g", "poisson", &[g, ("y", "3,1,2,0,0,1")]);
    lacks(&finite, "parameter_at_infinity");
    lacks(&finite, "rows_at_infinity");
}

#[test]
fn boundary_estimate_needs_counts_that_vary_no_more_than_a_poisson() {
    let even = noted("y ~ 1", "negative_binomial", &[("y", "2,3,2,3,2,3,2,3")]);
    assert_eq!(has(&even, "boundary_estimate").parameter.as_deref(), Some("theta"));
    lacks(&noted("y ~ 1", "negative_binomial", &[("y", "0,9,2,3,0,12,1,3")]), "boundary_estimate");
}

#[test]
fn perfect_fit_needs_residuals_that_are_rounding() {
    lacks(&noted("y ~ x", "gaussian", &[("x", X), ("y", "3,5,7,9,11,13,15,17.001")]), "perfect_fit");
    let exact = noted("y ~ x", "gaussian", &[("x", X), ("y", "3,5,7,9,11,13,15,17")]);
    has(&exact, "perfect_fit");
}

#[test]
fn unbounded_likelihood_needs_a_spike_that_a_component_can_shrink_to() {
    let spike = "1,1,1,1,1,1,2.3,3.1,4.7,5.2,6.9,7.4,8.8,9.1";
    has(&noted("y ~ 1", "mixture(gaussian, 2)", &[("y", spike)]), "unbounded_likelihood");
    let two = "1,1.3,0.8,1.9,0.2,1.4,7.3,8.1,6.7,7.2,6.9,7.4,8.8,7.1";
    lacks(&noted("y ~ 1", "mixture(gaussian, 2)", &[("y", two)]), "unbounded_likelihood");
}

#[test]
fn non_unique_needs_a_median_between_two_values() {
    let of = |y: &str| noted("y ~ 1", "quantile", &[("y", y)]);
    has(&of("1,2,3,4"), "non_unique");
    lacks(&of("1,2,3,4,5"), "non_unique");
}

#[test]
fn flat_likelihood_needs_a_parameter_that_the_text_does_not_use() {
    let of = |text: &str| asked(&FitSpec::own(text), &[("y", "1,2,4,3")]);
    let unused = of("param a, b\nparam s > 0\nloglik = gaussian_lpdf(y, mu = a, sigma = s)");
    assert_eq!(has(&unused, "flat_likelihood").terms, ["b"]);
    lacks(&of("param a\nparam s > 0\nloglik = gaussian_lpdf(y, mu = a, sigma = s)"), "flat_likelihood");
}

#[test]
fn response_constant_needs_one_value() {
    has(&noted("y ~ 1", "poisson", &[("y", "2,2,2,2")]), "response_constant");
    lacks(&noted("y ~ 1", "poisson", &[("y", "2,2,2,3")]), "response_constant");
}

#[test]
fn no_events_needs_every_row_to_be_censored() {
    let t = ("t", "3,5,7,9");
    has(&noted("Surv(t, e) ~ 1", "exponential", &[t, ("e", "0,0,0,0")]), "no_events");
    lacks(&noted("Surv(t, e) ~ 1", "exponential", &[t, ("e", "0,0,0,1")]), "no_events");
}

#[test]
fn aliased_needs_a_column_that_others_make() {
    let (x, y) = (("x", X), ("y", "1,3,2,5,4,6,8,7"));
    let twice = noted("y ~ x + z", "gaussian", &[x, y, ("z", "3,5,7,9,11,13,15,17")]);
    assert_eq!(has(&twice, "aliased").terms, ["z"]);
    lacks(&noted("y ~ x + z", "gaussian", &[x, y, ("z", "3,5,7,9,11,13,15,18")]), "aliased");
}

#[test]
fn ill_conditioned_needs_columns_that_are_nearly_one() {
    let (x, y) = (("x", X), ("y", "1,3,2,5,4,6,8,7"));
    let near = "1.0000001,2,3,4.0000001,5,6,7.0000001,8";
    has(&noted("y ~ x + z", "gaussian", &[x, y, ("z", near)]), "ill_conditioned");
    let apart = "1.1,2,3,4.1,5,6,7.1,8";
    lacks(&noted("y ~ x + z", "gaussian", &[x, y, ("z", apart)]), "ill_conditioned");
}

#[test]
fn too_few_rows_needs_no_more_rows_than_coefficients() {
    let of = |x: &str, z: &str, y: &str| noted("y ~ x + z", "poisson", &[("x", x), ("z", z), ("y", y)]);
    has(&of("1,2,4", "1,5,3", "2,3,1"), "too_few_rows");
    lacks(&of("1,2,4,3", "1,5,3,2", "2,3,1,4"), "too_few_rows");
}

#[test]
fn rows_dropped_counts_by_column_and_only_columns_that_are_used() {
    let columns = [("x", X), ("y", "1,3,2,5,4,6,8,7"), ("z", "1,NA,3,NA,5,6,7,8")];
    let used = noted("y ~ x + z", "gaussian", &columns);
    assert_eq!(used.dropped["z"], 2);
    has(&used, "rows_dropped");
    lacks(&noted("y ~ x", "gaussian", &columns), "rows_dropped");
}

#[test]
fn one_level_factor_is_about_the_rows_that_are_used() {
    let columns = [("g", "a,a,a,a,b,b,b,b"), ("y", "1,3,2,5,4,6,8,7"), ("x", X)];
    let mut spec = FitSpec::new("y ~ g + x", "gaussian");
    lacks(&asked(&spec, &columns), "one_level_factor");
    spec.filter = Some("x < 5".to_owned());
    assert_eq!(has(&asked(&spec, &columns), "one_level_factor").levels, ["a"]);
}

#[test]
fn lookalike_levels_are_told_from_levels_of_other_letters() {
    let y = ("y", "1,3,2,5,4,6,8,7");
    let note = has(&noted("y ~ g", "gaussian", &[("g", "a,a,b,b,a,a,B,B"), y]), "lookalike_levels");
    assert_eq!(note.levels, ["B", "b"]);
    lacks(&noted("y ~ g", "gaussian", &[("g", "a,a,b,b,a,a,c,c"), y]), "lookalike_levels");
}

#[test]
fn response_recoded_needs_a_code_that_is_not_0_and_1() {
    let t = ("t", "3,5,7,9,4,6");
    let note = has(&noted("Surv(t, s) ~ 1", "weibull", &[t, ("s", "1,2,2,1,2,2")]), "response_recoded");
    assert!(note.message.contains("2 is read as the event"));
    lacks(&noted("Surv(t, s) ~ 1", "weibull", &[t, ("s", "0,1,1,0,1,1")]), "response_recoded");
    let words = ("w", "low,mid,top,low,top,low");
    has(&noted("w ~ t", "bernoulli", &[t, words]), "response_recoded");
    let named = FitSpec { event: Some("top".to_owned()), ..FitSpec::new("w ~ t", "bernoulli") };
    lacks(&asked(&named, &[t, words]), "response_recoded");
}

#[test]
fn precision_loss_needs_a_whole_number_that_is_rounded() {
    let read = |id: &str| -> Vec<Note> {
        let text = format!("y,id\n1,{id}\n2,7\n");
        let path = std::env::temp_dir().join(format!("loglik-notes-{}-{id}.csv", std::process::id()));
        std::fs::write(&path, text).expect("a temporary file");
        let mut scan = Scan::open(&path, ScanOptions::default()).expect("a file");
        let notes = scan.read(None).expect("two columns").notes;
        drop(std::fs::remove_file(&path));
        notes.iter().map(Note::of_data).collect()
    };
    let lost = has(&read("9007199254740993"), "precision_loss");
    assert_eq!((lost.columns.as_slice(), lost.rows[0]), (["id".to_owned()].as_slice(), 1));
    lacks(&read("9007199254740992"), "precision_loss");
}

#[test]
fn small_cells_needs_few_rows_and_more_than_none() {
    let g = ("g", "a,a,a,a,a,a,a,a,a,a,b,b,b,b,b,b,b,b,b,b");
    let few = noted("y ~ g", "bernoulli", &[g, ("y", "0,1,0,1,0,1,0,1,0,1,1,1,1,1,1,1,1,0,0,0")]);
    let note = has(&few, "small_cells");
    assert_eq!(
        (note.columns.as_slice(), note.levels.as_slice()),
        (["g".to_owned()].as_slice(), ["b".to_owned()].as_slice())
    );
    lacks(
        &noted("y ~ g", "bernoulli", &[g, ("y", "0,1,0,1,0,1,0,1,0,1,1,1,1,1,1,0,0,0,0,0")]),
        "small_cells",
    );
}

#[test]
fn several_maxima_needs_hills_of_different_heights() {
    let of = |text: &str| asked(&FitSpec::own(&format!("param m\n{text} + 0*y")), &[("y", "1,2,4,3")]);
    has(&of("loglik = log(exp(-(m + 2)^2) + 2*exp(-(m - 3)^2))"), "several_maxima");
    // Bumps so near that they are one.
    lacks(&of("loglik = log(exp(-(m - 2.5)^2) + 2*exp(-(m - 3)^2))"), "several_maxima");
}

#[test]
fn misspecified_needs_errors_that_differ_by_half() {
    let x: Vec<String> = (0..60).map(|r| format!("{}", r % 12)).collect();
    let of = |by: fn(usize) -> i32| {
        let y: Vec<String> = (0..60).map(|r| format!("{}", by(r).max(0))).collect();
        let spec = FitSpec { se: Some(SeKind::Hc1), ..FitSpec::new("y ~ x", "poisson") };
        asked(&spec, &[("x", &x.join(",")), ("y", &y.join(","))])
    };
    has(&of(|r| if r % 5 == 0 { 20 + (r % 7) as i32 } else { 0 }), "misspecified");
    lacks(&of(|r| [1, 3, 2, 0, 4, 2, 1, 3][r * 5 % 8]), "misspecified");
}

#[test]
fn few_clusters_needs_fewer_than_thirty() {
    let of = |size: usize| {
        let g: Vec<String> = (0..120).map(|r| format!("{}", r / size)).collect();
        let x: Vec<String> = (0..120).map(|r| format!("{}", (r * 7) % 11)).collect();
        let y: Vec<String> = (0..120).map(|r| format!("{}", (r * 5) % 13)).collect();
        let spec = FitSpec { cluster: vec!["g".to_owned()], ..FitSpec::new("y ~ x", "gaussian") };
        asked(&spec, &[("g", &g.join(",")), ("x", &x.join(",")), ("y", &y.join(","))])
    };
    assert_eq!(has(&of(5), "few_clusters").columns, ["g"]);
    lacks(&of(4), "few_clusters");
}

#[test]
fn leverage_one_needs_a_row_that_alone_has_its_level() {
    let y = ("y", "1,3,2,5,4,6,8,7");
    let of = |g: &str| {
        let spec = FitSpec { se: Some(SeKind::Hc3), ..FitSpec::new("y ~ g", "gaussian") };
        asked(&spec, &[("g", g), y])
    };
    assert_eq!(has(&of("a,a,a,a,b,b,b,c"), "leverage_one").rows, [8]);
    lacks(&of("a,a,a,a,b,b,c,c"), "leverage_one");
}

#[test]
fn not_converged_needs_more_iterations_than_are_allowed() {
    let columns = [("x", X), ("y", "1,3,2,9,4,16,8,37")];
    let mut spec = FitSpec::new("y ~ x", "poisson");
    spec.iterations = Some(1);
    has(&asked(&spec, &columns), "not_converged");
    spec.iterations = None;
    lacks(&asked(&spec, &columns), "not_converged");
}

/// An evaluation of scores `s` of outcomes `y`.
fn scored(s: &str, y: &str, prevalence: Option<f64>) -> Evaluation {
    let rows = RowsSpec { prevalence, ..scores() };
    evaluate(&EvaluateSpec { rows, ..EvaluateSpec::default() }, None, &table(&[("s", s), ("y", y)]))
        .expect("legal scores")
}

fn scores() -> RowsSpec {
    RowsSpec { scores: vec!["s".into()], outcome: Some("y".into()), ..RowsSpec::default() }
}

#[test]
fn in_sample_scores_needs_the_rows_of_the_fit() {
    let own = table(&[("x", X), ("y", "0,0,1,0,1,0,1,1")]);
    let others = table(&[("x", X), ("y", "0,1,0,0,1,0,1,1")]);
    let fitted = fit(&FitSpec::new("y ~ x", "bernoulli"), &own).expect("an ordinary fit");
    let model = ModelFile::parse(&fitted.model_file().expect("is written")).expect("is read");
    let of = |rows: &Table| evaluate(&EvaluateSpec::default(), Some(&model), rows).expect("legal rows");
    has(&of(&own), "in_sample_scores");
    lacks(&of(&others), "in_sample_scores");
}

#[test]
fn case_control_needs_a_prevalence_that_is_named() {
    let (s, y) = ("0.1,0.4,0.3,0.8,0.6,0.9", "0,0,1,0,1,1");
    has(&scored(s, y, Some(0.1)), "case_control");
    lacks(&scored(s, y, None), "case_control");
}

#[test]
fn tied_scores_needs_groups_that_share_a_probability() {
    let of = |tied: usize| {
        let score = |i: usize| if i.is_multiple_of(tied) { 0.4 } else { i as f64 / 50.0 };
        let s: Vec<String> = (0..40).map(|i| score(i).to_string()).collect();
        let y: Vec<String> = (0..40).map(|i| u8::from(i % 4 == 0 || i > 30).to_string()).collect();
        scored(&s.join(","), &y.join(","), None)
    };
    has(&of(2), "tied_scores");
    lacks(&of(20), "tied_scores");
}

#[test]
fn binned_scores_needs_more_distinct_scores_than_memory_holds() {
    let of = |distinct: usize| {
        let mut text = "s,y\n".to_owned();
        for row in 0..4_000 {
            let (s, y) = ((row % distinct) as f64 / distinct as f64, u8::from(row % 7 < 3));
            writeln!(text, "{s},{y}").expect("a string takes all");
        }
        let path = std::env::temp_dir().join(format!("loglik-binned-{}-{distinct}.csv", std::process::id()));
        std::fs::write(&path, text).expect("a temporary file");
        let mut scan = Scan::open(&path, ScanOptions::default()).expect("a file");
        let rows = Data::Stream(scan.stream(None, 1).expect("two columns"));
        drop(std::fs::remove_file(&path));
        let spec = EvaluateSpec { rows: scores(), memory: Some(1), ..EvaluateSpec::default() };
        evaluate(&spec, None, rows).expect("legal scores")
    };
    has(&of(4_000), "binned_scores");
    lacks(&of(100), "binned_scores");
}
