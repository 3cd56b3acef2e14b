//! A request in the words of the command line: what a model file was asked for, so that a mend can change one of them;
//! and words as a shell takes them.

use loglik::{BootstrapSpec, FitSpec, PenaltySpec, SeFactor};
use serde_json::Value;

/// Fields of a request that are one word, and their flags.
const FLAGS: [(&str, &str); 22] = [
    ("likelihood", "likelihood"),
    ("weights", "weights"),
    ("weight_kind", "weight-kind"),
    ("offset", "offset"),
    ("exposure", "exposure"),
    ("event", "event"),
    ("reference", "reference"),
    ("filter", "where"),
    ("missing", "missing"),
    ("tau", "tau"),
    ("structure", "structure"),
    ("se", "se"),
    ("se_bread", "se-bread"),
    ("se_form", "se-form"),
    ("hac_lag", "hac-lag"),
    ("hac_kernel", "hac-kernel"),
    ("hac_order", "hac-order"),
    ("ci", "ci"),
    ("term_tests", "term-tests"),
    ("bias_reduction", "bias-reduction"),
    ("on_separation", "on-separation"),
    ("seed", "seed"),
];

/// The flags that ask for what a spec asks, its formula aside.
pub(crate) fn words(spec: &FitSpec) -> Vec<String> {
    let value = |spec: &FitSpec| serde_json::to_value(spec).expect("a request is plain data");
    let (asked, plain) = (value(spec), value(&FitSpec::default()));
    let mut out = Vec::new();
    let mut say = |flag: &str, value: String| out.extend([format!("--{flag}"), value]);
    for (field, flag) in FLAGS {
        match &asked[field] {
            same if *same == plain[field] => {}
            Value::String(word) if field == "hac_kernel" => say(flag, word.replace('_', "-")),
            Value::String(word) => say(flag, word.clone()),
            other => say(flag, other.to_string()),
        }
    }
    let named = |name: &str, value: String| if name.is_empty() { value } else { format!("{name}={value}") };
    spec.links.iter().for_each(|(parameter, link)| say("link", named(parameter, link.clone())));
    spec.fixed.iter().for_each(|(parameter, value)| say("fix", named(parameter, value.to_string())));
    if !spec.cluster.is_empty() {
        say("cluster", spec.cluster.join(","));
    }
    if let Some(factor) = spec.se_factor {
        let word = match factor {
            SeFactor::None => "none",
            SeFactor::Rows => "n/(n-1)",
            SeFactor::Residual => "n/(n-p)",
            SeFactor::Groups => "G/(G-1)",
        };
        say("se-factor", word.to_owned());
    }
    match &asked["dispersion"] {
        same if *same == plain["dispersion"] => {}
        Value::String(word) => say("dispersion", word.clone()),
        given => say("dispersion", given["value"].to_string()),
    }
    if spec.level() != FitSpec::default().level() {
        say("level", spec.level().to_string());
    }
    if let Some(penalty) = &spec.penalty {
        let (word, ratio) = penalised(penalty);
        say("penalty", word);
        ratio.into_iter().for_each(|ratio| say("l1-ratio", ratio));
    }
    let plain = BootstrapSpec::default();
    if spec.bootstrap.replicates != plain.replicates {
        say("replicates", spec.bootstrap.replicates.to_string());
    }
    if spec.bootstrap.of != plain.of {
        say("bootstrap", "parametric".to_owned());
    }
    let switches = [
        ("--refit", spec.bootstrap.refit),
        ("--standardize", spec.penalty.as_ref().is_some_and(|penalty| penalty.standardize)),
    ];
    out.extend(switches.into_iter().filter(|(_, on)| *on).map(|(switch, _)| switch.to_owned()));
    out
}

/// A command as it is typed.
pub(crate) fn typed(words: &[String]) -> String {
    words.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A penalty as typed, and the share of an elastic net.
fn penalised(penalty: &PenaltySpec) -> (String, Option<String>) {
    match penalty.l1_ratio {
        0.0 => (format!("ridge:{}", penalty.lambda), None),
        1.0 => (format!("lasso:{}", penalty.lambda), None),
        ratio => (format!("en:{}", penalty.lambda), Some(ratio.to_string())),
    }
}
