//! Names, aliases and reported parameters.

use crate::subjects::{Uniform, args, subjects};
use loglik_likelihood::{Args, MakeError, families::ALL, find, parse};

#[test]
fn every_name_and_alias_means_one_family() {
    let mut seen = std::collections::BTreeSet::new();
    for family in ALL {
        for name in family.aliases.iter().chain([&family.name]) {
            assert!(seen.insert(*name), "{name} is taken twice");
            assert_eq!(find(name).map(|f| f.name), Some(family.name));
            assert!(parse(name, &args()).is_ok_and(|c| c.likelihood.spec().name == family.name));
        }
    }
}

#[test]
fn every_alias_of_a_parameter_is_of_a_parameter() {
    for subject in subjects() {
        for alias in &subject.choice.aliases {
            let known = subject.likelihood().spec().param(alias.param).is_some();
            assert!(known, "{}: {} is no parameter", subject.name, alias.param);
        }
    }
}

#[test]
fn reported_parameters_and_coordinates_are_each_others_inverse() {
    let mut random = Uniform(41);
    for subject in subjects() {
        let natural = &subject.choice.natural;
        let u = subject.some_u(&mut random);
        let (values, slopes) = natural.values(&u);
        assert_eq!(natural.names().len(), subject.k(), "{}", subject.name);
        for (back, u) in natural.to_u(&values).iter().zip(&u) {
            assert!((back - u).abs() <= 1e-14 * (1.0 + u.abs()), "{}: {back} {u}", subject.name);
        }
        for j in 0..u.len() {
            let at = |step: f64| {
                natural
                    .values(
                        &u.iter()
                            .enumerate()
                            .map(|(i, u)| if i == j { u + step } else { *u })
                            .collect::<Vec<_>>(),
                    )
                    .0
            };
            let (up, down) = (at(1e-5), at(-1e-5));
            for i in 0..u.len() {
                let difference = (up[i] - down[i]) / 2e-5;
                // Central difference: its error is the step squared and rounding over the step.
                assert!(
                    (slopes[i * u.len() + j] - difference).abs() <= 1e-9 * (1.0 + values[i].abs()),
                    "{}",
                    subject.name
                );
            }
        }
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let wrong = |text: &str| parse(text, &Args::default()).err();
    assert!(
        matches!(wrong("gausian"), Some(MakeError::Unknown { nearest: Some(word), .. }) if word == "gaussian")
    );
    assert!(matches!(wrong("poisson(2)"), Some(MakeError::Brackets { .. })));
    assert!(matches!(wrong("categorical"), Some(MakeError::Classes { least: 2, classes: 0, .. })));
    assert!(matches!(
        parse("quantile", &Args { tau: 1.5, ..Args::default() }).err(),
        Some(MakeError::Range { what: "tau", .. })
    ));
}
