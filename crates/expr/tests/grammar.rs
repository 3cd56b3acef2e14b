//! What the grammar reads, what it refuses, and where it points.

use loglik_expr::{
    Domain, Kind, Link, MAX_DEPTH, Problem, parse_expression, parse_formula, parse_hypotheses, parse_program,
};

fn problem(text: &str) -> Problem {
    parse_expression(text).expect_err(text).problem
}

#[test]
fn a_formula_has_a_response_and_a_part_for_each_parameter() {
    let text = "Surv(time, event) ~ age + c(sex, base = 2):wt*`odd name` - 1; sigma ~ factor(sex) - 1";
    let parts = parse_formula(text).expect(text);
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].lhs.as_ref().map(|t| t.typed(text)), Some("Surv(time, event)"));
    assert_eq!(parts[1].param.as_deref(), Some("sigma"));
    let Kind::Chain(head, tail) = &parts[0].rhs.kind else { panic!("a sum") };
    assert_eq!(head.typed(text), "age");
    assert_eq!(tail[0].0, Link::Plus);
    assert_eq!(tail[0].1.typed(text), "c(sex, base = 2):wt*`odd name`");
    assert_eq!(tail[0].1.to_string(), "c(sex, base = 2):wt * `odd name`");
    assert_eq!(tail[1], (Link::Minus, parse_expression("1").expect("1")));
}

#[test]
fn names_ranges_and_powers_of_formulas_are_read() {
    for text in [
        "y in [1, inf] ~ .",
        "y == 'yes' ~ (a + b)^2 - a:b",
        "stack.loss ~ Air.Flow + Acid.Conc.",
        "cbind(ncases, ncontrols) ~ 0 + x %in% y",
        "~ x",
        "größe ~ länge",
        "y ~ bs(x, knots = [1, 2]) + poly(x, 3) + offset(log(e)); nu ~ 1;",
    ] {
        let read = parse_formula(text);
        assert_eq!(read.is_ok(), !text.contains("%in%"), "{text}: {read:?}");
    }
}

#[test]
fn a_formula_of_three_thousand_terms_is_shallow() {
    let text = format!("y ~ {}", (0..3000).map(|i| format!("x{i}")).collect::<Vec<_>>().join(" + "));
    assert_eq!(parse_formula(&text).expect("a sum")[0].rhs.children().len(), 3000);
}

#[test]
fn nesting_is_bounded_whatever_nests() {
    for (open, close) in
        [("(", ")"), ("-", ""), ("not ", ""), ("f(", ")"), ("2^", ""), ("[", "]"), ("if(a, b, ", ")")]
    {
        let nested = |n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
        assert!(parse_expression(&nested(MAX_DEPTH - 2)).is_ok(), "{open}");
        assert_eq!(problem(&nested(3000)), Problem::TooDeep, "{open}");
    }
    let levels = format!("{}1{}", "(1 or 1 and 1 == 1 + 1 * ".repeat(150), ")".repeat(150));
    assert_eq!(problem(&levels), Problem::TooDeep);
}

#[test]
fn length_and_number_of_nodes_are_bounded() {
    assert_eq!(problem(&"9".repeat(70_000)), Problem::TooLong { bytes: 70_000 });
    assert_eq!(problem(&vec!["1"; 20_000].join("+")), Problem::TooManyNodes);
    assert_eq!(parse_expression(&"(".repeat(9000)).expect_err("deep").id(), "expression_too_large");
}

#[test]
fn hostile_texts_are_refused_with_a_place() {
    for text in [
        "",
        " ",
        "/*",
        "$(id)",
        "0x1p99999",
        "1e999999999",
        "1e-999",
        "mu := 1; while(true){}",
        "log(\u{202e}y)",
        "y\0+1",
        "a(b",
        "f(x,)",
        "f(, x)",
        "normal_lpdf(y, mu, )",
        "1 2",
        "a b",
        "'open",
        "`",
        "``",
        "a < b < c",
        "y in [1]",
        "y in 3",
        "f(a = 1, a = 2)",
        "f(a = 1, 2)",
        "a:b",
        "y ~ x",
        "a ! b",
        "x = 2",
        "a..b c",
        "3x",
        "a & b",
        "\u{feff}a",
        "[",
        "[]",
        "x in ()",
        "f(x))",
        "open('/etc/passwd').read()",
    ] {
        let error = parse_expression(text).expect_err(text);
        assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{text}: {error:?}");
        let shown = error.pointed(text);
        assert!(!shown.contains(['\0', '\u{202e}', '\u{feff}']), "{shown}");
    }
}

#[test]
fn a_message_points_at_its_cause() {
    let text = "log(a) + b :c";
    let error = parse_expression(text).expect_err(text);
    assert_eq!(error.pointed(text).lines().nth(2), Some("           ^"));
    let text = "(a + b";
    assert_eq!(parse_expression(text).expect_err(text).span.start, 0);
}

#[test]
fn one_equals_sign_is_not_a_comparison() {
    assert_eq!(problem("age = 3").mend().as_deref(), Some("Compare with `==`."));
    assert_eq!(problem("(age = 3) and x"), Problem::SingleEqual);
}

#[test]
fn hypotheses_use_the_names_of_coefficients() {
    let names: Vec<String> = ["(intercept)", "race[2]", "race[3]", "sigma: z", "poly(x, 2)[1]", "z", "age"]
        .map(String::from)
        .to_vec();
    let text = "race[2] = race[3], -(intercept)/poly(x,2)[1], sigma:z = 2*z, age == 0";
    let found = parse_hypotheses(text, &names).expect(text);
    let read: Vec<String> = found.iter().map(|h| h.difference().to_string()).collect();
    assert_eq!(
        read,
        ["`race[2]` - `race[3]`", "-`(intercept)` / `poly(x, 2)[1]`", "`sigma: z` - 2 * z", "age"]
    );
    assert_eq!(found[0].span.of(text), "race[2] = race[3]");
    assert_eq!(parse_hypotheses("age = z = 0", &names).expect("two").len(), 2);
    assert!(parse_hypotheses("age < z", &names).is_err());
}

#[test]
fn a_program_is_read_in_any_order_over_any_lines() {
    let text = "# growth\nparam b0, b1\nparam k > 0, p in (0, 1) = 0.25 # two\neta ~ x + c(z):w\n\nloglik = y*log(mu) - mu\n    - lgamma(y + 1); mu = exp(\n a)\na = b0 +\n b1*x + eta";
    let program = parse_program(text).expect(text);
    let names: Vec<&str> = program.params.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["b0", "b1", "k", "p"]);
    assert_eq!(program.params[2].domain, Domain::Above(0.0));
    assert_eq!((program.params[3].domain, program.params[3].start), (Domain::Between(0.0, 1.0), Some(0.25)));
    assert_eq!(program.predictors[0].terms.typed(text), "x + c(z):w");
    let order: Vec<&str> = program.definitions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(order, ["a", "mu"]);
    assert_eq!(program.loglik.to_string(), "y * log(mu) - mu - lgamma(y + 1)");
}

#[test]
fn a_program_that_cannot_be_meant_is_refused() {
    for (text, wanted) in [
        ("param a", Problem::NoLoglik),
        ("param a, b > 0\nloglik = a", Problem::DomainMissing),
        ("param a, a\nloglik = a", Problem::DefinedTwice { name: "a".into() }),
        ("a = b\nb = a\nloglik = a", Problem::Circular { name: "a".into() }),
        ("a = a\nloglik = a", Problem::Circular { name: "a".into() }),
        ("param pi\nloglik = pi", Problem::Reserved { name: "pi".into() }),
        ("param p in (1, 0)\nloglik = p", Problem::DomainEmpty { low: 1.0, high: 0.0 }),
        ("param k > 0 = -1\nloglik = k", Problem::StartOutside { value: -1.0 }),
        ("loglik = 1\nloglik = 2", Problem::DefinedTwice { name: "loglik".into() }),
    ] {
        assert_eq!(parse_program(text).expect_err(text).problem, wanted, "{text}");
    }
    for text in ["while (1) { x }", "loglik = 1 2", "mu := 1", "y", "loglik = a:b", "param 3", "import os"] {
        assert!(parse_program(text).is_err(), "{text}");
    }
}
