//! Every special function against 60-digit values, in units of the last place; its jet against 100-digit slopes.
//!
//! `special.txt` and `slopes.txt` come from `oracle/special.py`. The goals are those of the project's numerics
//! contract; `cargo test -p loglik-num --test special -- --nocapture` prints the table.

use loglik_num as num;
use loglik_num::{Jet, Kernel, LANE, Lane, Real};

/// A function of up to three arguments, as a scalar and in lanes.
struct Entry {
    name: &'static str,
    /// Worst error allowed, in units of the last place.
    goal: f64,
    scalar: fn(&[f64]) -> f64,
    lane: fn(&[Lane]) -> Lane,
}

/// One entry by its scalar and lane faces, which share their arguments.
macro_rules! entry {
    ($name:ident $goal:literal, $($arg:ident),+ => $lane:expr) => {
        Entry {
            name: stringify!($name),
            goal: $goal,
            scalar: |args| { let [$($arg),+] = args else { panic!("wrong count of arguments") }; num::$name($(*$arg),+) },
            lane: |args| {
                struct Call<'a>(&'a [Lane]);
                impl Kernel for Call<'_> {
                    type Output = Lane;
                    #[inline(always)]
                    fn run(self) -> Lane {
                        let [$($arg),+] = *self.0 else { panic!("wrong count of arguments") };
                        $lane
                    }
                }
                num::dispatch(Call(args))
            },
        }
    };
}

const ENTRIES: &[Entry] = &[
    entry!(exp 2.0, x => x.exp()),
    entry!(log 2.0, x => x.log()),
    entry!(log1p 2.0, x => x.log1p()),
    entry!(expm1 2.0, x => x.expm1()),
    entry!(log1pexp 2.0, x => x.log1pexp()),
    entry!(log1mexp 2.0, x => x.log1mexp()),
    entry!(sigmoid 4.0, x => x.sigmoid()),
    entry!(sin 2.0, x => Real::sin(x)),
    entry!(cos 2.0, x => Real::cos(x)),
    entry!(tan 2.0, x => Real::tan(x)),
    entry!(atan 2.0, x => Real::atan(x)),
    entry!(erf 4.0, x => Real::erf(x)),
    entry!(erfc 4.0, x => x.map(num::erfc)),
    entry!(erfcx 8.0, x => x.map(num::erfcx)),
    entry!(ndtr 8.0, x => x.ndtr()),
    entry!(log_ndtr 8.0, x => x.log_ndtr()),
    entry!(norm_quantile 8.0, x => x.norm_quantile()),
    entry!(lgamma 4.0, x => x.lgamma()),
    entry!(digamma 8.0, x => x.digamma()),
    entry!(trigamma 16.0, x => x.map(num::trigamma)),
    entry!(tetragamma 16.0, x => x.map(num::tetragamma)),
    entry!(log_bessel_i0 8.0, x => x.log_bessel_i0()),
    entry!(bessel_i1_i0 8.0, x => x.map(num::bessel_i1_i0)),
    entry!(pow 2.0, x, y => x.pow(y)),
    entry!(logaddexp 2.0, a, b => a.logaddexp(b)),
    entry!(logdiffexp 2.0, a, b => a.logdiffexp(b)),
    entry!(log_rising 16.0, x, y => x.log_rising(y)),
    entry!(digamma_rising 16.0, x, y => x.zip(y, num::digamma_rising)),
    entry!(trigamma_falling 16.0, x, y => x.zip(y, num::trigamma_falling)),
    entry!(lbeta 16.0, a, b => a.lbeta(b)),
    entry!(gamma_p 200.0, a, x => a.zip(x, num::gamma_p)),
    entry!(gamma_q 200.0, a, x => a.zip(x, num::gamma_q)),
    entry!(log_gamma_p 200.0, a, x => a.log_gamma_p(x)),
    entry!(log_gamma_q 200.0, a, x => a.log_gamma_q(x)),
    entry!(beta_inc 150.0, x, a, b => each(num::beta_inc, x, a, b)),
    entry!(beta_inc_upper 150.0, x, a, b => each(num::beta_inc_upper, x, a, b)),
    entry!(log_beta_inc 150.0, x, a, b => x.log_beta_inc(a, b)),
    entry!(log_beta_inc_upper 150.0, x, a, b => x.log_beta_inc_upper(a, b)),
];

/// A function of three arguments row by row.
fn each(f: fn(f64, f64, f64) -> f64, x: Lane, a: Lane, b: Lane) -> Lane {
    Lane(core::array::from_fn(|i| f(x.0[i], a.0[i], b.0[i])))
}

/// Distance of neighbouring doubles at `x`.
fn ulp(x: f64) -> f64 {
    let x = x.abs();
    f64::from_bits(x.to_bits() + 1) - x
}

/// Rows of a table: name and numbers.
fn rows(text: &'static str) -> impl Iterator<Item = (&'static str, Vec<f64>)> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split(' ');
        let name = words.next().expect("a name on every line");
        (name, words.map(|word| word.parse().expect("a number")).collect())
    })
}

const VALUES: &str = include_str!("special.txt");
const SLOPES: &str = include_str!("slopes.txt");

#[test]
fn no_function_is_further_from_sixty_digits_than_its_goal() {
    println!("{:<20} {:>6} {:>10} {:>6}  worst at", "function", "points", "worst ulp", "goal");
    let mut beyond = Vec::new();
    for entry in ENTRIES {
        let (mut points, mut worst, mut at) = (0, 0.0, Vec::new());
        for (_, row) in rows(VALUES).filter(|(name, _)| *name == entry.name) {
            let (args, [want, rest]) = row.split_at(row.len() - 2) else { panic!("arguments, value, rest") };
            let got = (entry.scalar)(args);
            // Near their roots these are exact absolutely, not relatively.
            let scale = match entry.name {
                "digamma" | "log_rising" => ulp(want.abs().max(1.0)),
                _ => ulp(*want),
            };
            let error = if got == *want { 0.0 } else { ((got - want) / scale - rest).abs() };
            points += 1;
            if error.is_nan() || error > worst {
                worst = if error.is_nan() { f64::INFINITY } else { error };
                at = args.to_vec();
            }
        }
        println!("{:<20} {points:>6} {worst:>10.2} {:>6}  {at:?}", entry.name, entry.goal);
        assert!(points >= 80, "{}: too few points", entry.name);
        if worst > entry.goal {
            beyond.push(entry.name);
        }
    }
    assert!(beyond.is_empty(), "beyond their goals: {beyond:?}");
}

/// Lanes of eight rows of one function's arguments.
fn lanes(entry: &Entry) -> Vec<Vec<Lane>> {
    let all: Vec<Vec<f64>> = rows(VALUES)
        .filter(|(name, _)| *name == entry.name)
        .map(|(_, row)| row[..row.len() - 2].to_vec())
        .collect();
    let lane = |rows: &[Vec<f64>], a: usize| Lane(core::array::from_fn(|i| rows[i][a]));
    all.chunks_exact(LANE).map(|rows| (0..rows[0].len()).map(|a| lane(rows, a)).collect()).collect()
}

#[test]
fn a_row_has_the_same_bits_alone_and_among_neighbours() {
    for entry in ENTRIES {
        for args in lanes(entry) {
            let together = (entry.lane)(&args);
            for i in 0..LANE {
                let row: Vec<f64> = args.iter().map(|a| a.0[i]).collect();
                let alone = (entry.scalar)(&row);
                assert_eq!(together.0[i].to_bits(), alone.to_bits(), "{} {row:?}", entry.name);
            }
        }
    }
}

/// All bits of all functions, folded to one number (Fowler, Noll & Vo).
fn fingerprint() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for entry in ENTRIES {
        for args in lanes(entry) {
            for x in (entry.lane)(&args).0 {
                hash = (hash ^ x.to_bits()).wrapping_mul(0x100_0000_01b3);
            }
        }
    }
    hash
}

#[test]
fn every_cpu_level_gives_the_same_bits() {
    const CHILD: &str = "LOGLIK_TEST_PRINT_BITS";
    let here = fingerprint();
    if std::env::var_os(CHILD).is_some() {
        println!("bits {here:016x}");
        return;
    }
    let program = std::env::current_exe().expect("the path of this test");
    let run = std::process::Command::new(program)
        .args(["--exact", "every_cpu_level_gives_the_same_bits", "--nocapture"])
        .env(CHILD, "1")
        .env("LOGLIK_CPU", "baseline")
        .output()
        .expect("this test runs again");
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(text.contains(&format!("bits {here:016x}")), "baseline differs from {:?}: {text}", num::level());
}

/// Value, gradient and lower Hessian of a function of `N` variables at one point.
fn jet<const N: usize>(f: impl Fn([Jet<N>; N]) -> Jet<N>, args: &[f64]) -> Vec<f64> {
    let out = f(core::array::from_fn(|i| Jet::variable(Lane::splat(args[i]), i)));
    let lower = (0..N).flat_map(|i| (0..=i).map(move |j| out.h[i][j].0[0]));
    core::iter::once(out.v.0[0]).chain(out.g.map(|g| g.0[0])).chain(lower).collect()
}

/// The jet of the function named, and how far its second derivatives may be off.
fn slopes(name: &str, x: &[f64]) -> Vec<f64> {
    match name {
        "log_gamma_p" => jet::<2>(|[a, x]| a.log_gamma_p(x), x),
        "log_gamma_q" => jet::<2>(|[a, x]| a.log_gamma_q(x), x),
        "log_beta_inc" => jet::<3>(|[x, a, b]| x.log_beta_inc(a, b), x),
        "log_beta_inc_upper" => jet::<3>(|[x, a, b]| x.log_beta_inc_upper(a, b), x),
        "log_t_cdf" => jet::<2>(|[t, df]| t.log_t_cdf(df), x),
        "lbeta" => jet::<2>(|[a, b]| a.lbeta(b), x),
        "lgamma" => jet::<1>(|[x]| x.lgamma(), x),
        "digamma" => jet::<1>(|[x]| x.digamma(), x),
        "log_ndtr" => jet::<1>(|[x]| x.log_ndtr(), x),
        "norm_quantile" => jet::<1>(|[x]| x.norm_quantile(), x),
        "log_bessel_i0" => jet::<1>(|[x]| x.log_bessel_i0(), x),
        "log1mexp" => jet::<1>(|[x]| x.log1mexp(), x),
        "log1pexp" => jet::<1>(|[x]| x.log1pexp(), x),
        "logaddexp" => jet::<2>(|[a, b]| a.logaddexp(b), x),
        "logdiffexp" => jet::<2>(|[a, b]| a.logdiffexp(b), x),
        "pow" => jet::<2>(|[a, b]| a.pow(b), x),
        "atan" => jet::<1>(|[x]| x.atan(), x),
        "tan" => jet::<1>(|[x]| x.tan(), x),
        "erf" => jet::<1>(|[x]| x.erf(), x),
        "sigmoid" => jet::<1>(|[x]| x.sigmoid(), x),
        other => panic!("slopes.txt holds {other}, which this test does not know"),
    }
}

/// What an error is measured by: the number itself, and for second derivatives of a logarithm also the product of the
/// first ones, from which they come by a difference.
fn scales(n: usize, want: &[f64]) -> Vec<f64> {
    let mut scales: Vec<f64> = want.iter().map(|w| w.abs()).collect();
    let mut part = n + 1;
    for i in 1..=n {
        for j in 1..=i {
            scales[part] += (want[i] * want[j]).abs();
            part += 1;
        }
    }
    scales
}

#[test]
fn jets_agree_with_hundred_digit_slopes() {
    let names: Vec<&str> = rows(SLOPES).map(|(name, _)| name).collect();
    let mut beyond = Vec::new();
    for (i, name) in names.iter().enumerate() {
        if i > 0 && names[i - 1] == *name {
            continue;
        }
        let (mut worst, mut at) = (0.0, (0, Vec::new()));
        for (_, row) in rows(SLOPES).filter(|(other, _)| other == name) {
            let n = match row.len() {
                3..=4 => 1,
                8 => 2,
                13 => 3,
                other => panic!("{other} numbers"),
            };
            let (args, want) = row.split_at(n);
            let scales = scales(n, want);
            for (part, (got, want)) in slopes(name, args).iter().zip(want).enumerate() {
                let error = (got - want).abs() / scales[part];
                if error.is_nan() || error > worst {
                    (worst, at) = (if error.is_nan() { f64::INFINITY } else { error }, (part, args.to_vec()));
                }
            }
        }
        println!("{name:<20} {worst:>8.1e} relative, part {} at {:?}", at.0, at.1);
        if worst > 5e-12 {
            beyond.push(*name);
        }
    }
    assert!(beyond.is_empty(), "slopes further off than 5e-12: {beyond:?}");
}
