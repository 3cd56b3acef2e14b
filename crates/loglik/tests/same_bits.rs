//! Ten fits have the same bits on every machine: any number of threads, any CPU level.
//!
//! The expected bits are committed beside this file; `LOGLIK_WRITE_BITS=1` writes them anew after a change of the
//! arithmetic that is meant. Levels that this CPU lacks are named in the output.

use loglik::expr::Column;
use loglik::{FitSpec, Table, fit};

/// Two parts, so that sums are merged and a sample is begun with.
const MANY: usize = 66_000;

/// Rows of the other fits: unoptimised code takes its time.
const FEW: usize = 3_000;

const EXPECTED: &str = include_str!("same_bits.txt");

/// Uniform numbers of a linear congruence (Knuth, TAOCP 2, 3.3.4).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

/// Columns made with sums and products alone, whose bits are the same everywhere.
fn table(rows: usize) -> Table {
    let mut random = Uniform(20_261_128);
    let names = ["x", "z", "real", "yes", "count", "positive", "share", "class", "exposure"];
    let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(rows); names.len()];
    for _ in 0..rows {
        let u: [f64; 8] = std::array::from_fn(|_| random.next());
        let (x, z) = (2.0 * u[0] - 1.0, u[1] + u[2] - 1.0);
        let middle = 0.4 * x - 0.3 * z;
        let noise = u[3] + u[4] + u[5] - 1.5;
        let values = [
            x,
            z,
            1.0 + middle + noise,
            f64::from(u8::from(middle + noise > 0.1)),
            (6.0 * u[3] * u[4] * (1.5 + middle)).floor(),
            (0.2 + u[3] + 3.0 * u[4] * u[5]) * (1.2 + middle),
            0.05 + 0.9 * (0.5 * u[6] + 0.25 * u[3] + 0.25 * (0.5 + 0.5 * middle)),
            (3.0 * (0.7 * u[7] + 0.3 * (0.5 + 0.5 * x))).floor().min(2.0),
            0.2 + u[6],
        ];
        columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
    let levels: Vec<String> = ('a'..='f').map(String::from).collect();
    let codes = (0..rows).map(|r| ((r * 7 + r / 11) % 6) as u32).collect();
    let group = Column::Category { codes, levels: levels.into(), ordered: false };
    let numbers = names.into_iter().zip(columns).map(|(name, values)| (name, Column::Number(values)));
    Table::from_columns(numbers.chain([("group", group)])).expect("columns of one length")
}

fn specs() -> Vec<FitSpec> {
    let spec =
        |response: &str, likelihood: &str| FitSpec::new(&format!("{response} ~ x + z + group"), likelihood);
    let mut poisson = spec("count", "poisson");
    poisson.exposure = Some("exposure".to_owned());
    vec![
        spec("real", "gaussian"),
        spec("real", "student_t"),
        spec("real", "laplace"),
        spec("yes", "bernoulli"),
        spec("class", "categorical"),
        poisson,
        spec("count", "negative_binomial"),
        spec("positive", "gamma"),
        spec("positive", "weibull"),
        spec("share", "beta"),
    ]
}

/// A line for each fit: its likelihood, and a hash of the bits of estimates, standard errors and log-likelihood.
fn bits(threads: usize) -> String {
    let (many, few) = (table(MANY), table(FEW));
    let line = |mut spec: FitSpec| {
        spec.threads = Some(threads);
        let large = ["bernoulli", "poisson"].contains(&spec.likelihood.as_str());
        let result = fit(&spec, if large { &many } else { &few }).expect("an ordinary fit").result;
        let numbers = result.coefficients.iter().flat_map(|c| [c.estimate.0, c.std_error.0]);
        let hash = numbers
            .chain([result.loglik.0])
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, x| (hash ^ x.to_bits()).wrapping_mul(0x100_0000_01b3));
        format!("{} {hash:016x}\n", spec.likelihood)
    };
    specs().into_iter().map(line).collect()
}

/// What this test prints in a process of its own at a CPU level.
fn at_level(level: &str) -> String {
    let program = std::env::current_exe().expect("the path of this test");
    let run = std::process::Command::new(program)
        .args(["--exact", "ten_fits_have_the_committed_bits_at_every_level", "--nocapture"])
        .env("LOGLIK_TEST_CHILD", "1")
        .env("LOGLIK_CPU", level)
        .output()
        .expect("this test runs again");
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// Whether this CPU has a level.
fn has(level: &str) -> bool {
    #[cfg(target_arch = "x86_64")]
    match level {
        "avx2" => return is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        "avx512" => return is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl"),
        _ => {}
    }
    level == "baseline"
}

#[test]
fn ten_fits_have_the_committed_bits_at_every_level() {
    let here = bits(2);
    if std::env::var_os("LOGLIK_TEST_CHILD").is_some() {
        println!("{here}");
        return;
    }
    if std::env::var_os("LOGLIK_WRITE_BITS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/same_bits.txt");
        std::fs::write(path, &here).expect("the folder of the tests can be written");
        return;
    }
    assert_eq!(here, EXPECTED);
    for level in ["baseline", "avx2", "avx512"] {
        if has(level) {
            let there = at_level(level);
            assert!(there.contains(EXPECTED), "{level}: {there}");
        } else {
            println!("not run on this CPU: {level}");
        }
    }
}

#[test]
fn one_and_seven_threads_have_the_bits_of_two() {
    assert_eq!(bits(1), EXPECTED);
    assert_eq!(bits(7), EXPECTED);
}
