//! A fit that was interrupted goes on from its checkpoint and comes to what it would have come to, to the last bit.

use loglik::data::{Scan, ScanOptions};
use loglik::expr::{Column, Sparse};
use loglik::{
    BiasReduction, BootstrapSpec, Checkpoint, Ci, Data, DistSpec, Exit, FitSpec, Interrupt, Method,
    PenaltySpec, SeKind, Table, TermTests, dist, fit, fit_from,
};
use std::fmt::Write as _;

/// Rows that a formula of their index makes: two numbers, a category, a count, an event, a positive amount.
struct Rows {
    x: Vec<f64>,
    z: Vec<f64>,
    region: Vec<u32>,
    count: Vec<f64>,
    event: Vec<f64>,
    amount: Vec<f64>,
}

impl Rows {
    fn new(n: usize) -> Self {
        let mut state = 2_026_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut out = Self {
            x: Vec::new(),
            z: Vec::new(),
            region: Vec::new(),
            count: Vec::new(),
            event: Vec::new(),
            amount: Vec::new(),
        };
        for row in 0..n {
            let (x, z, u) = (uniform() - 0.5, 4.0 * uniform(), uniform());
            out.x.push(x);
            out.z.push(z);
            out.region.push((row % 3) as u32);
            out.count.push((u * u * (4.0 + 3.0 * x + z)).floor());
            out.event.push(f64::from(u8::from(u < 0.5 + 0.4 * x)));
            out.amount.push((0.3 + x) * (0.3 + x) + u);
        }
        out
    }

    fn table(&self) -> Table {
        let levels = ["north", "south", "west"].map(str::to_owned).into();
        let region = Column::Category { codes: self.region.clone(), levels, ordered: false };
        let number = |values: &[f64]| Column::Number(values.to_vec());
        let columns = [
            ("x", number(&self.x)),
            ("z", number(&self.z)),
            ("region", region),
            ("count", number(&self.count)),
            ("event", number(&self.event)),
            ("amount", number(&self.amount)),
        ];
        Table::from_columns(columns).expect("equal lengths")
    }
}

/// What came out, with the bits of every number: JSON writes shortest doubles, which are unique.
fn all_of(fitted: &loglik::Fitted) -> String {
    let result = serde_json::to_string(&fitted.result).expect("plain data");
    let bits: Vec<u64> = fitted.result.coefficients.iter().map(|c| c.estimate.0.to_bits()).collect();
    format!("{result} {bits:?}")
}

/// Fits, is interrupted after pass `stop`, and goes on from what was kept; the passes that were made then.
fn in_two(spec: &FitSpec, data: impl Fn() -> Data, stop: usize) -> (String, usize) {
    let spec = FitSpec { interrupt: Interrupt::new(), ..spec.clone() };
    let mut kept = Checkpoint::new();
    let ended = fit_from(&spec, data(), &mut kept, &mut |pass| {
        if pass.number == stop {
            spec.interrupt.ask();
        }
    });
    let error = ended.err().expect("it was interrupted");
    assert_eq!((error.exit, error.id.as_str()), (Exit::Interrupted, "interrupted"));
    assert_eq!(kept.passes(), stop);
    let mut kept = Checkpoint::parse(&kept.text()).expect("it is as it was written");
    let again = FitSpec { interrupt: Interrupt::new(), ..spec };
    let mut made = 0;
    let fitted = fit_from(&again, data(), &mut kept, &mut |_| made += 1).expect("it fits");
    (all_of(&fitted), made)
}

/// Holds a fit against itself, interrupted after its first pass, half-way, and after its last but one.
///
/// * `again` passes at most that are made again though they were done: they leave more behind than sums
fn check(name: &str, spec: &FitSpec, again: usize, data: impl Fn() -> Data) {
    let mut passes = 0;
    let whole = fit_from(spec, data(), &mut Checkpoint::new(), &mut |_| passes += 1);
    let whole = all_of(&whole.unwrap_or_else(|error| panic!("{name}: {error}")));
    for stop in [1, passes / 2, passes - 1] {
        let stop = stop.max(1);
        let (found, made) = in_two(spec, &data, stop);
        assert_eq!(found, whole, "{name}, interrupted after pass {stop} of {passes}");
        let least = passes - stop;
        assert!(
            (least..=least + again).contains(&made),
            "{name}: {made} of {passes} passes made after {stop}"
        );
    }
}

#[test]
fn every_way_to_a_fit_goes_on_where_it_was() {
    let table = Rows::new(900).table();
    let poisson = FitSpec::new("count ~ x + z + region", "poisson");
    let own = "mu ~ x\nparam s > 0\nloglik = lognormal_lpdf(amount, mu = mu, sigma = s)";
    let specs = [
        ("newton", poisson.clone()),
        ("lbfgs", FitSpec { method: Method::Lbfgs, ..poisson.clone() }),
        ("profiles", FitSpec { ci: Ci::Profile, term_tests: TermTests::Lr, ..poisson.clone() }),
        ("clusters", FitSpec { cluster: vec!["region".into()], ..poisson.clone() }),
        ("infinite", FitSpec::new("x > 0 ~ x + z", "bernoulli")),
        (
            "firth",
            FitSpec { bias_reduction: Some(BiasReduction::Firth), ..FitSpec::new("event ~ x", "bernoulli") },
        ),
        ("ridge", FitSpec { penalty: PenaltySpec::parse("ridge:0.1", None).ok(), ..poisson.clone() }),
        ("two predictors", FitSpec::new("amount ~ x; shape ~ z", "gamma")),
        ("zeros", FitSpec::new("count ~ x; pi ~ z", "zero_inflated(poisson)")),
        ("least squares", FitSpec::new("amount ~ x + z + region", "gaussian")),
        ("own", FitSpec::own(own)),
    ];
    for (name, spec) in specs {
        check(name, &spec, 0, || (&table).into());
    }
    // Its rows are gathered for a linear programme, and for those of two neighbouring quantiles.
    check("quantile", &FitSpec::new("amount ~ x + z", "quantile"), 3, || (&table).into());
}

#[test]
fn what_a_pass_leaves_behind_is_there_again() {
    let (rows, width) = (400, 6_000);
    let starts: Vec<usize> = (0..=rows).map(|r| 2 * r).collect();
    let index = (0..rows).flat_map(|r| [(r * 7 % 2_900) as u32, 3_000 + (r * 11 % 2_900) as u32]).collect();
    let words = Sparse::new(width, &starts, index, vec![1.0; 2 * rows]).expect("ascending columns");
    let event = Column::Number((0..rows).map(|r| f64::from(u8::from(r * r % 7 < 3))).collect());
    let table =
        Table::from_columns([("event", event), ("word", Column::Sparse(words))]).expect("equal lengths");
    let penalty = PenaltySpec::parse("ridge:0.01", None).ok();
    let spec = FitSpec { penalty, ..FitSpec::new("event ~ word", "bernoulli") };
    // The curvatures of its rows are kept for products with directions; its slopes are as many as Newton steps.
    check("wide", &spec, 12, || (&table).into());
}

#[test]
fn a_sample_and_a_stream_go_on_too() {
    let rows = Rows::new(70_000);
    let mut text = "x,z,region,count\n".to_owned();
    for r in 0..rows.x.len() {
        let region = ["north", "south", "west"][rows.region[r] as usize];
        writeln!(text, "{},{},{region},{}", rows.x[r], rows.z[r], rows.count[r]).expect("a string takes all");
    }
    let path = std::env::temp_dir().join(format!("loglik-resumed-{}.csv", std::process::id()));
    std::fs::write(&path, text).expect("a temporary file");
    let spec = FitSpec::new("count ~ x + poly(z, 2) + region", "poisson");
    let names = ["x", "z", "region", "count"];
    let table =
        Scan::open(&path, ScanOptions::default()).expect("there").read(Some(&names)).expect("read").table;
    let stream = || {
        let mut scan = Scan::open(&path, ScanOptions::default()).expect("it is there");
        Data::Stream(scan.stream(Some(&names), 100_000).expect("it can be read"))
    };
    check("stream", &spec, 0, stream);
    // Begun in memory, finished over a stream.
    let asked = FitSpec { interrupt: Interrupt::new(), ..spec.clone() };
    let mut kept = Checkpoint::new();
    let ended = fit_from(&asked, (&table).into(), &mut kept, &mut |pass| {
        if pass.number == 9 {
            asked.interrupt.ask();
        }
    });
    assert!(ended.is_err() && kept.passes() == 9);
    let fitted = fit_from(&spec, stream(), &mut kept, &mut |_| {}).expect("it fits");
    assert_eq!(all_of(&fitted), all_of(&fit(&spec, &table).expect("it fits")));
    std::fs::remove_file(&path).expect("it was written here");
}

/// A checkpoint of three passes.
fn three(table: &Table) -> (FitSpec, Checkpoint) {
    let spec = FitSpec::new("count ~ x + region", "poisson");
    let asked = FitSpec { interrupt: Interrupt::new(), ..spec.clone() };
    let mut kept = Checkpoint::new();
    let ended = fit_from(&asked, table.into(), &mut kept, &mut |pass| {
        if pass.number == 3 {
            asked.interrupt.ask();
        }
    });
    assert!(ended.is_err());
    (spec, kept)
}

#[test]
fn another_request_or_other_rows_are_refused_by_name() {
    let mut rows = Rows::new(300);
    let table = rows.table();
    let (spec, kept) = three(&table);
    let refused = |spec: &FitSpec, table: &Table| {
        let error = fit_from(spec, table.into(), &mut kept.clone(), &mut |_| {}).err();
        let error = error.expect("it is refused");
        (error.exit, error.message)
    };
    let changes: [(&str, FitSpec); 5] = [
        ("`formula` was \"count ~ x + region\", now \"count ~ x\"", FitSpec::new("count ~ x", "poisson")),
        ("`likelihood` was \"poisson\"", FitSpec::new("count ~ x + region", "negative_binomial")),
        ("`weights` was the default, now \"z\"", FitSpec { weights: Some("z".into()), ..spec.clone() }),
        ("`optimizer`", FitSpec { method: Method::Lbfgs, ..spec.clone() }),
        ("`se`", FitSpec { se: Some(SeKind::Hc1), ..spec.clone() }),
    ];
    for (words, change) in changes {
        let (exit, message) = refused(&change, &table);
        assert!(exit == Exit::Request && message.contains(words), "{message}");
    }
    let shorter = Rows::new(299).table();
    let (exit, message) = refused(&spec, &shorter);
    assert!(exit == Exit::Data && message.ends_with("300 rows were used, now 299"), "{message}");
    let last = std::mem::replace(&mut rows.x[299], 0.25);
    let (exit, message) = refused(&spec, &rows.table());
    assert!(exit == Exit::Data && message.ends_with("other values, or another order, in x"), "{message}");
    // A column that the request does not read is no part of it, nor is the number of threads.
    rows.x[299] = last;
    rows.z[0] += 1.0;
    let threads = FitSpec { threads: Some(1), ..spec };
    assert!(fit_from(&threads, (&rows.table()).into(), &mut kept.clone(), &mut |_| {}).is_ok());
}

#[test]
fn a_file_that_was_cut_or_edited_is_refused() {
    let (_, kept) = three(&Rows::new(300).table());
    let text = kept.text();
    assert_eq!(Checkpoint::parse(&text).expect("as written").text(), text);
    let refused = |text: &str| Checkpoint::parse(text).err().map(|error| error.id);
    for cut in (0..text.len()).step_by(97).chain([text.len() - 1]) {
        assert_eq!(refused(&text[..cut]).as_deref(), Some("corrupt_file"), "{cut} of {} bytes", text.len());
    }
    assert_eq!(refused(&text.replacen('3', "4", 1)).as_deref(), Some("corrupt_file"));
    assert_eq!(refused("{}\nseal 0\n").as_deref(), Some("corrupt_file"));
    let missing = Checkpoint::load("no/such/file").err().map(|error| error.id);
    assert_eq!(missing.as_deref(), Some("no_such_file"));
}

#[test]
fn a_bootstrap_stops_and_nothing_is_made_of_its_beginning() {
    let table = Rows::new(300).table();
    let bootstrap = BootstrapSpec { refit: true, ..BootstrapSpec::default() };
    let poisson = FitSpec::new("count ~ x", "poisson");
    let spec = FitSpec { se: Some(SeKind::Bootstrap), bootstrap, interrupt: Interrupt::new(), ..poisson };
    let mut passes = 0;
    let again = FitSpec { interrupt: Interrupt::new(), ..spec.clone() };
    let whole =
        fit_from(&again, (&table).into(), &mut Checkpoint::new(), &mut |_| passes += 1).expect("it fits");
    let mut kept = Checkpoint::new();
    let ended = fit_from(&spec, (&table).into(), &mut kept, &mut |pass| {
        if pass.number == passes {
            spec.interrupt.ask();
        }
    });
    assert_eq!(ended.err().map(|error| error.exit), Some(Exit::Interrupted));
    let fitted = fit_from(&again, (&table).into(), &mut kept, &mut |_| {}).expect("it fits");
    assert_eq!(all_of(&fitted), all_of(&whole));
}

#[test]
fn distributions_stop_when_they_are_asked_to() {
    let table = Rows::new(300).table();
    let interrupt = Interrupt::new();
    let spec =
        DistSpec { bootstrap: 99, interrupt: interrupt.clone(), ..DistSpec::new("amount", &["gamma"]) };
    assert!(dist(&spec, &table).is_ok());
    interrupt.ask();
    assert_eq!(dist(&spec, &table).err().map(|error| error.exit), Some(Exit::Interrupted));
}
