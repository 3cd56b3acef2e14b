//! Trees to text, in one canonical spelling that parses back to the same tree.

use std::fmt::{self, Display, Formatter};

use crate::token::is_name;
use crate::tree::{Arg, Binary, Kind, Link, Tree, Unary};

/// How tightly a node holds together when printed; the parser's levels.
fn level(kind: &Kind) -> u8 {
    match kind {
        Kind::Chain(_, tail) => match tail.first().map(|(link, _)| link) {
            Some(Link::Or) => 1,
            Some(Link::And) => 3,
            Some(Link::Plus | Link::Minus) => 9,
            Some(Link::Times | Link::Over | Link::Modulo) => 11,
            Some(Link::Interaction) => 15,
            None => 30,
        },
        Kind::Unary(Unary::Not, _) => 5,
        Kind::Among { .. } | Kind::Within { .. } => 7,
        Kind::Binary(Binary::Power, ..) => 19,
        Kind::Binary(..) => 7,
        Kind::Unary(..) => 13,
        Kind::Number(value) if value.is_sign_negative() => 13,
        _ => 30,
    }
}

fn spelling(link: Link) -> &'static str {
    match link {
        Link::Plus => " + ",
        Link::Minus => " - ",
        Link::Times => " * ",
        Link::Over => " / ",
        Link::Modulo => " % ",
        Link::Interaction => ":",
        Link::And => " and ",
        Link::Or => " or ",
    }
}

fn sign(op: Binary) -> &'static str {
    match op {
        Binary::Power => "^",
        Binary::Equal => " == ",
        Binary::Unequal => " != ",
        Binary::Less => " < ",
        Binary::LessEqual => " <= ",
        Binary::Greater => " > ",
        Binary::GreaterEqual => " >= ",
    }
}

impl Display for Tree {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Number(value) => f.write_str(&spell_number(*value)),
            Kind::Text(text) => f.write_str(&quoted(text, '\'')),
            Kind::Name(name) => write_name(f, name),
            Kind::Unary(op, operand) => {
                let (sign, least) = match op {
                    Unary::Minus => ("-", 13),
                    Unary::Plus => ("+", 13),
                    Unary::Not => ("not ", 5),
                };
                f.write_str(sign)?;
                operand.write_above(f, least)
            }
            Kind::Binary(op, left, right) => {
                let (left_least, right_least) = if *op == Binary::Power { (20, 13) } else { (8, 8) };
                left.write_above(f, left_least)?;
                f.write_str(sign(*op))?;
                right.write_above(f, right_least)
            }
            Kind::Chain(head, tail) => {
                let own = level(&self.kind);
                head.write_above(f, own)?;
                for (link, operand) in tail {
                    f.write_str(spelling(*link))?;
                    operand.write_above(f, own + 1)?;
                }
                Ok(())
            }
            Kind::Call(name, args) => {
                write!(f, "{name}(")?;
                write_args(f, args)?;
                f.write_str(")")
            }
            Kind::List(items) => write_list(f, '[', items, ']'),
            Kind::Among { value, choices, negated } => {
                write_in(f, value, *negated)?;
                write_list(f, '(', choices, ')')
            }
            Kind::Within { value, bounds, negated } => {
                write_in(f, value, *negated)?;
                write_list(f, '[', &bounds[..], ']')
            }
        }
    }
}

impl Tree {
    fn write_above(&self, f: &mut Formatter<'_>, least: u8) -> fmt::Result {
        if level(&self.kind) < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

fn write_in(f: &mut Formatter<'_>, value: &Tree, negated: bool) -> fmt::Result {
    value.write_above(f, 8)?;
    f.write_str(if negated { " not in " } else { " in " })
}

fn write_list(f: &mut Formatter<'_>, open: char, items: &[Tree], close: char) -> fmt::Result {
    write!(f, "{open}")?;
    for (i, item) in items.iter().enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    write!(f, "{close}")
}

fn write_args(f: &mut Formatter<'_>, args: &[Arg]) -> fmt::Result {
    for (i, arg) in args.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        if let Some(name) = &arg.name {
            write_name(f, name)?;
            f.write_str(" = ")?;
        }
        write!(f, "{}", arg.value)?;
    }
    Ok(())
}

fn write_name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    f.write_str(&spell_name(name))
}

/// A name as an expression has it: in backquotes where it is not plain.
pub fn spell_name(name: &str) -> String {
    let first = name.chars().next();
    let second = name.chars().nth(1);
    let reads_as_number = first.is_some_and(|c| c.is_ascii_digit())
        || (first == Some('.') && second.is_some_and(|c| c.is_ascii_digit()));
    let is_keyword = matches!(name, "and" | "or" | "not" | "in");
    if !name.is_empty() && name.chars().all(is_name) && !reads_as_number && !is_keyword {
        return name.to_owned();
    }
    quoted(name, '`')
}

fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// The shortest decimal that reads back as `value`: `2`, `0.1`, `1e300`; `inf`, `-inf`, and `missing` for NaN.
pub fn spell_number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "missing".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf".to_owned() } else { "-inf".to_owned() }
    } else if value == 0.0 || (1e-5..1e16).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use crate::{parse_expression, spell_number};

    #[test]
    fn the_canonical_spelling_parses_back_to_the_same_tree() {
        for (typed, printed) in [
            ("-x**2", "-x^2"),
            ("(-x)^2", "(-x)^2"),
            ("a-(b-c)-d", "a - (b - c) - d"),
            ("2^-1", "2^-1"),
            ("2^3^2", "2^3^2"),
            ("(2^3)^2", "(2^3)^2"),
            ("!(a==1)||b&&c", "not a == 1 or b and c"),
            ("(a or b) and c", "(a or b) and c"),
            ("x not in (4,18)", "x not in (4, 18)"),
            ("bs(x,df=5,knots=[1,2])", "bs(x, df = 5, knots = [1, 2])"),
            ("`a b`*`in`", "`a b` * `in`"),
            ("'it\\'s' == \"q\"", "'it\\'s' == 'q'"),
            ("1e300*0.1", "1e300 * 0.1"),
            ("a*(b/c)", "a * (b / c)"),
        ] {
            let tree = parse_expression(typed).expect(typed);
            assert_eq!(tree.to_string(), printed);
            assert_eq!(parse_expression(printed).expect(printed), tree, "{typed}");
        }
    }

    #[test]
    fn a_number_is_spelled_as_short_as_it_reads_back() {
        for (value, text) in [(6.0, "6"), (0.1, "0.1"), (-2.5, "-2.5"), (1e300, "1e300"), (1e-9, "1e-9")] {
            assert_eq!(spell_number(value), text);
            assert_eq!(text.parse::<f64>(), Ok(value));
        }
    }
}
