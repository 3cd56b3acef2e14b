//! Texts by strangers: never a panic, never a hang, never an answer without meaning.

use std::time::{Duration, Instant};

use loglik_expr::{
    Column, Columns, Domain, Input, NoLibrary, Source, compile, evaluate, parse_expression, parse_formula,
    parse_hypotheses, parse_program, scalar,
};

struct Data {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Columns for Data {
    fn rows(&self) -> usize {
        3
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|n| n == name).map(|i| &self.columns[i])
    }
    fn file_row(&self, row: usize) -> usize {
        row
    }
}

fn data() -> Data {
    let levels = ["a".to_owned(), "b".to_owned()].into();
    let g = Column::Category { codes: vec![0, 1, u32::MAX], levels, ordered: false };
    let columns = vec![Column::Number(vec![1.0, 2.0, f64::NAN]), Column::Number(vec![0.5, 4.0, -1.0]), g];
    Data { names: ["y", "x", "g"].map(String::from).to_vec(), columns }
}

/// Random numbers of a seed (splitmix64, Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(n).expect("small")).expect("small")
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const ATOMS: &[&str] = &[
    "y", "x", "g", "a", "b", "zz", "1", "0", "2.5", "1e308", "1e-300", "'a'", "\"b\"", "'é'", "pi", "inf",
    "missing", "row", "`x`", ".",
];
const LINKS: &[&str] = &[
    "+", "-", "*", "/", "^", "**", "%", "==", "!=", "<", "<=", ">", ">=", " and ", " or ", "&&", "||", ":",
    " in ", " not in ",
];
const CALLS: &[&str] = &[
    "exp",
    "log",
    "log1p",
    "expm1",
    "sqrt",
    "lgamma",
    "digamma",
    "sin",
    "abs",
    "I",
    "factor",
    "code",
    "missing",
    "c",
    "logit",
    "sigmoid",
    "log1pexp",
    "norm_quantile",
    "log_ndtr",
    "floor",
    "erf",
    "trigamma",
    "exprel",
    "log2",
    "round",
    "foo",
];
const CALLS_OF_TWO: &[&str] =
    &["min", "max", "logaddexp", "lbeta", "log_rising", "logdiffexp", "repeat", "lchoose"];
const NOISE: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    "~",
    ";",
    ":",
    "#",
    "$",
    "'",
    "\"",
    "`",
    "\\",
    "\n",
    "\0",
    "\u{202e}",
    "\u{feff}",
    "1e",
    "0x1p",
    "..",
    "in",
    "not",
    "if(",
    "param ",
    "loglik = ",
    "é",
    "😀",
    "|",
    "&",
    "@",
    "{",
    "}",
    "/*",
    "--",
    "while",
    ":=",
];

fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(8) == 0 {
        return random.pick(ATOMS).to_owned();
    }
    let mut part = || expression(random, depth - 1);
    let (a, b, c) = (part(), part(), part());
    match random.below(12) {
        0..=4 => format!("{a}{}{b}", random.pick(LINKS)),
        5 => format!("({a})"),
        6 => format!("-{a}"),
        7 => format!("not {a}"),
        8 => format!("{}({a})", random.pick(CALLS)),
        9 => format!("{}({a}, {b})", random.pick(CALLS_OF_TWO)),
        10 => format!("if({a}, {b}, {c})"),
        _ => format!(
            "({a}) in {}",
            if random.below(2) == 0 { format!("({b}, {c})") } else { format!("[{b}, {c}]") }
        ),
    }
}

/// Everything that can be done with a text.
fn run(text: &str) -> usize {
    let mut understood = 0;
    let names = ["a", "b", "x[1]", "sigma: z"].map(String::from);
    if let Ok(tree) = parse_expression(text) {
        understood += 1;
        let printed = tree.to_string();
        assert_eq!(parse_expression(&printed).expect(&printed), tree, "{text:?} is printed as {printed:?}");
        match evaluate(&tree, &data()) {
            Ok(column) => assert_eq!(column.len(), 3, "{text:?}"),
            Err(error) => assert!(error.span.end <= text.len() && !error.pointed(text).contains('\0')),
        }
        let inputs = ["a", "b"].map(|name| Input {
            name: name.to_owned(),
            domain: Domain::Above(0.0),
            is_common: true,
        });
        let source = Source {
            loglik: &tree,
            definitions: &[],
            inputs: &inputs,
            columns: &data(),
            library: &NoLibrary,
        };
        if let Ok(model) = compile(source) {
            // A text where a number is needed may only show when the columns are read.
            let _ = model.prepare(&data());
        }
        let _ = scalar::gradient(&tree, &[("a", 0.5), ("b", 2.0), ("x", 1.0), ("y", 3.0)]);
    }
    understood +=
        usize::from(parse_formula(text).is_ok()) + usize::from(parse_hypotheses(text, &names).is_ok());
    if let Err(error) = parse_program(text) {
        assert!(!error.pointed(text).contains(['\0', '\u{202e}', '\u{feff}']), "{text:?}");
    }
    understood
}

fn read_or_refuse(seed: u64, count: usize) {
    let mut random = Random(seed);
    let (mut understood, mut slowest) = (0, Duration::ZERO);
    for i in 0..count {
        let depth = 1 + i % 6;
        let mut text = expression(&mut random, depth);
        // A third is whole, a third broken by noise, a third cut or doubled.
        match i % 3 {
            1 => {
                for _ in 0..=random.below(3) {
                    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                    text.insert_str(places[random.below(places.len())], random.pick(NOISE));
                }
            }
            2 => {
                let keep = random.below(text.chars().count()) + 1;
                text = text.chars().take(keep).collect::<String>() + random.pick(NOISE) + random.pick(ATOMS);
            }
            _ => {}
        }
        let began = Instant::now();
        understood += run(&text);
        slowest = slowest.max(began.elapsed());
    }
    assert!(understood > count / 4, "{understood} of {count} understood: the generator makes noise only");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}

#[test]
fn ten_thousand_random_texts_are_read_or_refused() {
    read_or_refuse(1, 10_000);
}

#[test]
fn texts_that_attack_are_refused_in_every_grammar() {
    let deep = |open: &str, n: usize| open.repeat(n);
    let many = vec!["a"; 30_000].join("+");
    let texts = [
        deep("(", 10_000),
        deep("-", 60_000),
        deep("[", 10_000),
        deep("exp(", 10_000),
        deep("not ", 10_000),
        deep("2^", 20_000),
        deep("if(a,", 10_000),
        format!("y ~ {}", deep("(", 10_000)),
        format!("loglik = {}", deep("(", 10_000)),
        "9".repeat(200_000),
        "9".repeat(60_000),
        many,
        "\u{202e}".to_owned(),
        "y\0".to_owned(),
        "'".repeat(9),
        "a in (".repeat(5_000),
        "`".to_owned() + &"x".repeat(70_000),
    ];
    for text in &texts {
        let began = Instant::now();
        assert!(
            parse_expression(text).is_err() && parse_formula(text).is_err() && parse_program(text).is_err()
        );
        assert!(parse_hypotheses(text, &[]).is_err());
        assert!(began.elapsed() < Duration::from_secs(1), "{}..", &text.chars().take(20).collect::<String>());
    }
}

#[test]
fn nothing_but_columns_and_functions_can_be_reached() {
    for text in [
        "__import__('os').system('id')",
        "system(\"id\")",
        "open('/etc/passwd')",
        "y.__class__",
        "exec('1')",
        "$(id)",
        "`id`",
        "eval(1)",
        "read.csv('x')",
        "env('HOME')",
        "import os",
        "mu := 1; while(true){}",
    ] {
        let refused = parse_expression(text).map_or(true, |tree| evaluate(&tree, &data()).is_err());
        assert!(refused, "{text}");
    }
}
