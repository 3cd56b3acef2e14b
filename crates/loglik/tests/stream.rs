//! A stream gives the same bits as memory: rows dropped and filtered, levels, splines, weights, clusters, responses.

use loglik::data::{CellKind, Cells, Scan, ScanOptions, Writer};
use loglik::expr::Column;
use loglik::{BootstrapSpec, Data, FitResult, FitSpec, Fitted, Resampled, SeKind, fit_watched};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Rows of the file: two parts of used rows and some more that are dropped.
const ROWS: usize = 76_000;

/// The row with x = 0, in the second part.
const ZERO: usize = 75_002;

struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let mut text = "y,x,z,region,half,event,time,shop,w,class,day,late\n".to_owned();
        let mut state = 12_345_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for row in 0..ROWS {
            let (x, z, u) = (uniform() + 1e-4, uniform() * 10.0, uniform());
            let x = if row == ZERO { 0.0 } else { x };
            let region = ["north", "south", "west"][row % 3];
            let x = if row % 11 == 5 { "NA".to_owned() } else { format!("{x:.4}") };
            let half = if row > 70_000 { "late" } else { "early" };
            let class = ["a", "b", "c"][(3.0 * u) as usize];
            let (count, time) = ((u * u * 6.0) as u32, 1.0 + 9.0 * uniform());
            let (event, shop, w) = (u32::from(u > 0.4), row % 40, 1 + row % 3);
            let late = u32::from(row % 500 == 250);
            writeln!(
                text,
                "{count},{x},{z:.3},{region},{half},{event},{time:.3},{shop},{w},{class},{row},{late}"
            )
            .expect("a string takes all");
        }
        let path = std::env::temp_dir().join(format!("loglik-stream-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, text).expect("a temporary file");
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The fit, and the number of passes that were shown.
fn fitted(file: &File, spec: &FitSpec, budget: Option<u64>) -> (Fitted, usize) {
    let mut scan = Scan::open(&file.0, ScanOptions::default()).expect("it is there");
    let names = loglik::needed_columns(spec, scan.names()).expect("columns of the file");
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = match budget {
        None => Data::Table(scan.read(Some(&wanted)).expect("it can be read").table),
        Some(budget) => Data::Stream(scan.stream(Some(&wanted), budget).expect("it can be read")),
    };
    let mut passes = 0;
    let fitted = fit_watched(spec, rows, &mut |_| passes += 1).expect("it fits");
    (fitted, passes)
}

/// Its result.
fn run(file: &File, spec: &FitSpec, budget: Option<u64>) -> (FitResult, usize) {
    let (fitted, passes) = fitted(file, spec, budget);
    (fitted.result, passes)
}

#[test]
fn every_number_of_a_fit_is_the_same_to_the_last_bit() {
    let file = File::new("bits");
    let poisson = FitSpec::new("y ~ x + region + half:z", "poisson");
    let specs = [
        FitSpec { filter: Some("z < 9.5 and region != 'west'".into()), ..poisson.clone() },
        FitSpec { cluster: vec!["shop".into()], weights: Some("w".into()), ..poisson.clone() },
        FitSpec { cluster: vec!["shop".into(), "region".into()], ..poisson.clone() },
        FitSpec {
            se: Some(SeKind::Hac),
            hac_order: Some("day".into()),
            hac_lag: Some(40),
            ..poisson.clone()
        },
        FitSpec { se: Some(SeKind::Hac), ..poisson },
        FitSpec { se: Some(SeKind::Hc1), ..FitSpec::new("event ~ ns(z, 3) + poly(x, 2)", "bernoulli") },
        FitSpec::new("z ~ x + half", "gaussian"),
        FitSpec::new("Surv(time, event) ~ x + region", "weibull"),
        FitSpec::new("class ~ x + half", "categorical"),
        // So many coefficients that the fit begins with a sample, of whose chunks alone a stream without gaps reads the rows.
        FitSpec::new("y ~ z*c(shop)", "poisson"),
    ];
    for spec in specs {
        let (memory, passes) = run(&file, &spec, None);
        let json = |result: &FitResult| serde_json::to_string(result).expect("a result is JSON");
        assert!(memory.n_dropped > 0 || spec.filter.is_some() || !spec.formula.contains('x'));
        let budgets: &[u64] = if spec.filter.is_some() { &[0, u64::MAX] } else { &[0] };
        for &budget in budgets {
            let (stream, again) = run(&file, &spec, Some(budget));
            assert_eq!(json(&stream), json(&memory), "{}", spec.formula);
            assert!(again > 0 && passes > 0, "passes are shown");
        }
    }
}

#[test]
fn quantiles_over_a_stream_are_those_of_memory_to_the_last_bit() {
    let file = File::new("quantile");
    let specs = [
        FitSpec { tau: Some(0.3), ..FitSpec::new("z ~ x + half", "quantile") },
        FitSpec { weights: Some("w".into()), ..FitSpec::new("time ~ x + region", "laplace") },
        // Whole numbers: a plane that meets a part of the rows, and others that are as good.
        FitSpec { tau: Some(0.5), ..FitSpec::new("y ~ region", "quantile") },
        FitSpec { tau: Some(0.9), ..FitSpec::new("z ~ 1", "quantile") },
    ];
    for spec in &specs {
        let json = |result: &FitResult| serde_json::to_string(result).expect("a result is JSON");
        let memory = run(&file, spec, None).0;
        assert_eq!(memory.status, loglik::Status::Converged, "{}", spec.formula);
        assert_eq!(json(&run(&file, spec, Some(0)).0), json(&memory), "{}", spec.formula);
    }
    let spec = FitSpec { se: Some(SeKind::Iid), ..specs[0].clone() };
    let mut scan = Scan::open(&file.0, ScanOptions::default()).expect("it is there");
    let rows = Data::Stream(scan.stream(Some(&["z", "x", "half"]), 0).expect("it can be read"));
    let refused = fit_watched(&spec, rows, &mut |_| {}).err().expect("all residuals are needed");
    assert_eq!(refused.id, "memory_limit");
    assert!(refused.remedy.is_some_and(|mend| mend.contains("--se nid")));
}

#[test]
fn a_diagnosis_over_a_stream_is_that_of_memory_to_the_last_bit() {
    let file = File::new("check");
    let clustered = |spec: FitSpec| FitSpec { cluster: vec!["shop".into()], ..spec };
    let specs = [
        FitSpec::new("y ~ x + region", "poisson"),
        FitSpec { filter: Some("z < 9.5".into()), ..FitSpec::new("event ~ x + z + half", "bernoulli") },
        FitSpec { weights: Some("w".into()), ..FitSpec::new("z ~ x + half", "gaussian") },
        FitSpec::new("Surv(time, event) ~ x + region", "weibull"),
        // Two events: methods stand side by side, their coverage simulated.
        clustered(FitSpec { filter: Some("day < 800".into()), ..FitSpec::new("late ~ z", "bernoulli") }),
    ];
    for spec in specs {
        let found = |budget: Option<u64>| {
            let (fitted, _) = fitted(&file, &spec, budget);
            let json = |value| serde_json::to_string_pretty(&value).expect("plain data");
            let checked = fitted.check().expect("rows can be read again");
            let result = serde_json::to_value(&fitted.result).expect("plain data");
            (json(serde_json::to_value(&checked).expect("plain data")), json(result), checked)
        };
        let (memory, result, checked) = found(None);
        let (stream, again, _) = found(Some(0));
        assert_eq!((stream, again), (memory, result), "{}", spec.formula);
        let has = |id: &str| checked.findings.iter().any(|finding| finding.id == id);
        assert!(has("influence"), "{checked:?}");
        if spec.formula.starts_with("late") {
            let draws = checked.compared.as_ref().map(|compared| compared.draws);
            assert_eq!(draws, Some(200), "{checked:?}");
        }
        assert_eq!(has("small_cells"), spec.formula.starts_with("event"), "{checked:?}");
    }
}

#[test]
fn bootstraps_over_a_stream_have_the_bits_of_memory() {
    let file = File::new("bootstrap");
    let asked = |of, cluster: &[&str], (replicates, refit)| FitSpec {
        se: Some(SeKind::Bootstrap),
        bootstrap: BootstrapSpec { of, replicates, refit },
        cluster: cluster.iter().map(|name| (*name).to_owned()).collect(),
        ..FitSpec::new("y ~ x", "poisson")
    };
    let (pairs, parametric) = (Resampled::Pairs, Resampled::Parametric);
    let trials = FitSpec::new("cbind(event, w) ~ z", "bernoulli");
    let specs = [
        asked(pairs, &[], (400, false)),
        asked(pairs, &["shop"], (40, false)),
        asked(parametric, &[], (40, false)),
        asked(pairs, &[], (3, true)),
        asked(pairs, &["shop"], (3, true)),
        asked(parametric, &[], (3, true)),
        FitSpec {
            formula: trials.formula,
            likelihood: trials.likelihood,
            ..asked(parametric, &[], (20, false))
        },
    ];
    for spec in &specs {
        let json = |result: &FitResult| serde_json::to_string(result).expect("a result is JSON");
        let memory = run(&file, spec, None).0;
        assert_eq!(json(&run(&file, spec, Some(0)).0), json(&memory), "{:?}", spec.bootstrap);
    }
    // Of rows of two parts they are what they estimate: a standard error of 400 replicates is good to 1 / root(800).
    let errors = |result: FitResult| result.coefficients.iter().map(|c| c.std_error.0).collect::<Vec<f64>>();
    let sandwich = FitSpec { se: Some(SeKind::Hc0), ..FitSpec::new("y ~ x", "poisson") };
    let expected = errors(run(&file, &sandwich, None).0);
    for (found, expected) in errors(run(&file, &specs[0], None).0).into_iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 4.0 / 800.0_f64.sqrt(), "{found} for {expected}");
    }
}

#[test]
fn parquet_and_any_number_of_threads_give_the_same_bits() {
    let file = File::new("columns");
    let mut scan = Scan::open(&file.0, ScanOptions::default()).expect("it is there");
    let table = scan.read(Some(&["y", "z", "region", "shop"])).expect("it can be read").table;
    let cells: Vec<Cells> = table
        .columns()
        .map(|column| match column {
            Column::Number(values) => Cells::Number(values.clone()),
            Column::Category { codes, levels, .. } => Cells::Text(codes.clone(), levels.clone()),
            Column::Sparse(_) => panic!("a text has none"),
        })
        .collect();
    let columns: Vec<(String, CellKind)> =
        table.names().iter().cloned().zip(cells.iter().map(Cells::kind)).collect();
    let parquet = File(file.0.with_extension("parquet"));
    let mut writer = Writer::create(&parquet.0.display().to_string(), &columns).expect("a temporary file");
    writer.write(&cells).expect("it is written");
    writer.finish().expect("it is written");
    for formula in ["y ~ z + region", "y ~ z*c(shop)"] {
        let mut spec = FitSpec::new(formula, "poisson");
        spec.threads = Some(1);
        let json = |result: &FitResult| serde_json::to_string(result).expect("a result is JSON");
        let memory = json(&run(&file, &spec, None).0);
        assert_eq!(json(&run(&parquet, &spec, None).0), memory, "{formula}");
        for threads in [1, 2, 7] {
            spec.threads = Some(threads);
            let stream = json(&run(&parquet, &spec, Some(1_000_000)).0);
            assert_eq!(stream, memory, "{formula}, {threads} threads");
        }
    }
}

#[test]
fn autocorrelation_is_allowed_for_over_a_stream_in_order_of_time() {
    let file = File::new("order");
    let error = |column: &str| {
        let hac = FitSpec::new("y ~ z", "poisson");
        let spec = FitSpec { se: Some(SeKind::Hac), hac_order: Some(column.to_owned()), ..hac };
        let mut scan = Scan::open(&file.0, ScanOptions::default()).expect("it is there");
        let rows = Data::Stream(scan.stream(Some(&["y", "z", column]), 0).expect("it can be read"));
        fit_watched(&spec, rows, &mut |_| {}).err()
    };
    assert_eq!(error("day"), None);
    // `half` changes once, so its second row has the time of the first; `z` rises and falls.
    let twice = error("half").expect("one time twice");
    assert_eq!((twice.id.as_str(), twice.row, twice.line), ("bad_request", Some(2), Some(3)));
    let mixed = error("z").expect("no order");
    assert_eq!((mixed.id.as_str(), mixed.column.as_deref()), ("memory_limit", Some("z")));
    assert!(mixed.row > Some(2) && mixed.remedy.is_some_and(|mend| mend.contains("sort the file")));
}

#[test]
fn a_bad_value_in_a_later_part_is_an_error_with_its_line() {
    let file = File::new("bad");
    let spec = FitSpec::new("y ~ log(x)", "poisson");
    let error = |rows: Data| fit_watched(&spec, rows, &mut |_| {}).err().map(|e| (e.id, e.row, e.line));
    let mut scan = Scan::open(&file.0, ScanOptions::default()).expect("it is there");
    let memory = error(Data::Table(scan.read(Some(&["y", "x"])).expect("it can be read").table));
    assert_eq!(memory, Some(("non_finite_value".to_owned(), Some(ZERO as u64 + 1), Some(ZERO as u64 + 2))));
    let mut scan = Scan::open(&file.0, ScanOptions::default()).expect("it is there");
    let stream = error(Data::Stream(scan.stream(Some(&["y", "x"]), 0).expect("it can be read")));
    assert_eq!(stream, memory);
}
