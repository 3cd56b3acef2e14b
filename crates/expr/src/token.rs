//! Text to tokens.
//!
//! Names are letters, digits, `_` and `.`, or anything between backquotes; texts stand between `'` or `"`.
//! Characters that nobody sees are refused everywhere, so that what is read is what is run.
//! A caller may hand in known names (coefficients such as `region[south]` or `sigma: z`): where an operand
//! can stand, the longest of them that fits, blanks aside, is one token.

use crate::error::{ParseError, Problem};
use crate::span::{Span, escaped, is_hidden};

/// One token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    Number(f64),
    Text(String),
    /// An identifier or a quoted or known name; only the first kind can be a keyword.
    Name(String),
    /// `and or not in`, operators and brackets, in one spelling each.
    Sign(&'static str),
    /// End of a statement: `;`, and the end of a line where lines count.
    Semicolon,
    End,
}

/// How a text is cut.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cut<'a> {
    /// The end of a line ends a statement, `#` starts a comment.
    pub(crate) lines: bool,
    /// Names that win over the grammar where an operand can stand.
    pub(crate) names: &'a [String],
}

/// Operators and brackets, longer ones first, with the spelling that the parser knows.
const SIGNS: &[(&str, &str)] = &[
    ("**", "^"),
    ("==", "=="),
    ("!=", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("<>", "!="),
    ("&&", "and"),
    ("||", "or"),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("^", "^"),
    ("%", "%"),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("!", "not"),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    (",", ","),
    (":", ":"),
    ("~", "~"),
];

/// Characters that people type for others, and what to write.
const MENDS: &[(char, &str)] = &[
    ('\u{2212}', "Write the minus as `-`."),
    ('\u{2013}', "Write the minus as `-`."),
    ('\u{2014}', "Write the minus as `-`."),
    ('\u{d7}', "Write `*`."),
    ('\u{b7}', "Write `*`."),
    ('\u{f7}', "Write `/`."),
    ('\u{2264}', "Write `<=`."),
    ('\u{2265}', "Write `>=`."),
    ('\u{2260}', "Write `!=`."),
    ('\u{201c}', "Write straight quotes."),
    ('\u{201d}', "Write straight quotes."),
    ('\u{2018}', "Write straight quotes."),
    ('\u{2019}', "Write straight quotes."),
    ('&', "Write `and`."),
    ('|', "Write `or`; a name with `|` stands between backquotes."),
    ('$', "A column is written by its name alone."),
    ('@', "A column is written by its name alone."),
    ('{', "Group with `(` and `)`."),
    ('}', "Group with `(` and `)`."),
];

/// Cuts `text` into tokens, the last one [`TokenKind::End`].
pub(crate) fn cut(text: &str, how: Cut<'_>) -> Result<Vec<Token>, ParseError> {
    if text.len() > crate::MAX_BYTES {
        return Err(fail(Span::new(0, 0), Problem::TooLong { bytes: text.len() }));
    }
    if let Some((at, c)) = text.char_indices().find(|(_, c)| is_hidden(*c)) {
        let shown = escaped(&c.to_string());
        return Err(fail(Span::new(at, at + c.len_utf8()), Problem::HiddenCharacter { shown }));
    }
    let names = how.names.iter().map(|n| Known::new(n)).collect();
    Cutter { text, at: 0, tokens: Vec::new(), lines: how.lines, open: 0, names }.run()
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    lines: bool,
    /// Brackets open: a line does not end a statement inside of them.
    open: usize,
    names: Vec<Known<'a>>,
}

/// A known name, and the same without its blanks.
struct Known<'a> {
    name: &'a str,
    letters: Vec<char>,
}

impl<'a> Known<'a> {
    fn new(name: &'a str) -> Known<'a> {
        Known { name, letters: name.chars().filter(|c| !c.is_whitespace()).collect() }
    }

    /// Bytes of `rest` that this name takes, blanks aside; `None` where it does not stand there.
    fn length_in(&self, rest: &str) -> Option<usize> {
        let mut letters = self.letters.iter();
        let mut wanted = letters.next()?;
        let mut found = rest.char_indices().filter(|(_, c)| !c.is_whitespace());
        loop {
            let (at, c) = found.next()?;
            if c != *wanted {
                return None;
            }
            match letters.next() {
                Some(next) => wanted = next,
                None => {
                    let end = at + c.len_utf8();
                    let next = rest[end..].chars().next();
                    let runs_on = is_name(c) && next.is_some_and(|n| is_name(n) || n == '(');
                    return (!runs_on).then_some(end);
                }
            }
        }
    }
}

impl Cutter<'_> {
    fn run(mut self) -> Result<Vec<Token>, ParseError> {
        while let Some(c) = self.rest().chars().next() {
            if c == '\n' && self.lines && self.open == 0 {
                self.line_end();
            } else if c.is_whitespace() {
                self.at += c.len_utf8();
            } else if c == '#' && self.lines {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else {
                self.token(c)?;
            }
        }
        self.push(self.at, TokenKind::End);
        Ok(self.tokens)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, start: usize, kind: TokenKind) {
        self.tokens.push(Token { kind, span: Span::new(start, self.at) });
    }

    /// A line ends a statement unless an operator stands at its end or at the start of the next one.
    fn line_end(&mut self) {
        let start = self.at;
        self.at += 1;
        let goes_on = match self.tokens.last().map(|t| &t.kind) {
            None | Some(TokenKind::Semicolon) => true,
            Some(TokenKind::Sign(sign)) => !matches!(*sign, ")" | "]"),
            _ => false,
        };
        let next = self.rest().trim_start();
        let continued = next.starts_with(['+', '*', '/', '^', '-', '%', '<', '>', '=', ',', ')', '&', '|']);
        if !goes_on && !continued {
            self.push(start, TokenKind::Semicolon);
        }
    }

    fn token(&mut self, c: char) -> Result<(), ParseError> {
        let start = self.at;
        if let Some((name, length)) = self.known() {
            self.at += length;
            self.push(start, TokenKind::Name(name));
            return Ok(());
        }
        let digit_follows = self.rest()[c.len_utf8()..].starts_with(|d: char| d.is_ascii_digit());
        if c.is_ascii_digit() || (c == '.' && digit_follows) {
            return self.number();
        }
        if is_name(c) {
            return self.word();
        }
        match c {
            '\'' | '"' | '`' => self.quoted(c),
            ';' => {
                self.at += 1;
                self.push(start, TokenKind::Semicolon);
                Ok(())
            }
            _ => self.sign(c),
        }
    }

    fn known(&self) -> Option<(String, usize)> {
        let operand = match self.tokens.last().map(|t| &t.kind) {
            Some(TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Name(_)) => false,
            Some(TokenKind::Sign(sign)) => !matches!(*sign, ")" | "]"),
            _ => true,
        };
        if !operand {
            return None;
        }
        let fits = self.names.iter().filter_map(|k| k.length_in(self.rest()).map(|n| (k.name, n)));
        fits.max_by_key(|(_, n)| *n).map(|(name, n)| (name.to_owned(), n))
    }

    fn number(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        let rest = self.rest().as_bytes();
        let digits = |from: usize| rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut n = digits(0);
        if rest.get(n) == Some(&b'.') {
            n += 1 + digits(n + 1);
        }
        if matches!(rest.get(n), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(n + 1), Some(b'+' | b'-')));
            let exponent = digits(n + 1 + sign);
            if exponent > 0 {
                n += 1 + sign + exponent;
            }
        }
        let word: usize = self.rest()[n..].chars().take_while(|c| is_name(*c)).map(char::len_utf8).sum();
        self.at += n + word;
        let span = Span::new(start, self.at);
        let shown = shorten(span.of(self.text));
        if word > 0 {
            return Err(fail(span, Problem::NumberSpelling { shown }));
        }
        let typed = span.of(self.text);
        let value: f64 =
            typed.parse().map_err(|_| fail(span, Problem::NumberSpelling { shown: shown.clone() }))?;
        let mantissa = typed.split(['e', 'E']).next().unwrap_or(typed);
        let lost = value == 0.0 && mantissa.contains(|c: char| ('1'..='9').contains(&c));
        if !value.is_finite() || lost {
            return Err(fail(span, Problem::NumberOutOfRange { shown }));
        }
        self.push(start, TokenKind::Number(value));
        Ok(())
    }

    fn word(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        let length: usize = self.rest().chars().take_while(|c| is_name(*c)).map(char::len_utf8).sum();
        self.at += length;
        let word = &self.text[start..self.at];
        let kind = match word {
            "and" => TokenKind::Sign("and"),
            "or" => TokenKind::Sign("or"),
            "not" => TokenKind::Sign("not"),
            "in" => TokenKind::Sign("in"),
            _ => TokenKind::Name(word.to_owned()),
        };
        self.push(start, kind);
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<(), ParseError> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.text[start + 1..].char_indices().peekable();
        let mut end = None;
        while let Some((at, c)) = chars.next() {
            if c == quote {
                end = Some(start + 1 + at + 1);
                break;
            }
            let meant = match (c, chars.peek().map(|(_, next)| *next)) {
                ('\\', Some(next @ ('\\' | '\'' | '"' | '`'))) => Some(next),
                ('\\', Some('n')) => Some('\n'),
                ('\\', Some('t')) => Some('\t'),
                _ => None,
            };
            if meant.is_some() {
                chars.next();
            }
            value.push(meant.unwrap_or(c));
        }
        let Some(end) = end else {
            return Err(fail(Span::new(start, start + 1), Problem::UnclosedQuote { quote }));
        };
        self.at = end;
        if quote != '`' {
            self.push(start, TokenKind::Text(value));
        } else if value.is_empty() {
            return Err(fail(Span::new(start, end), Problem::EmptyName));
        } else {
            self.push(start, TokenKind::Name(value));
        }
        Ok(())
    }

    fn sign(&mut self, c: char) -> Result<(), ParseError> {
        let start = self.at;
        let Some((typed, sign)) = SIGNS.iter().find(|(typed, _)| self.rest().starts_with(typed)) else {
            let mend = MENDS.iter().find(|(m, _)| *m == c).map_or("", |(_, mend)| *mend);
            let span = Span::new(start, start + c.len_utf8());
            return Err(fail(span, Problem::StrangeCharacter { shown: format!("`{c}`"), mend }));
        };
        self.at += typed.len();
        match *sign {
            "(" | "[" => self.open += 1,
            ")" | "]" => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        self.push(start, TokenKind::Sign(sign));
        Ok(())
    }
}

/// Letters of any script, digits, `_` and `.`: what a name needs no backquotes for.
pub(crate) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// A part of the text for a message: escaped, and not longer than a line.
pub(crate) fn shorten(typed: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown = escaped(&typed.chars().take(LONGEST).collect::<String>());
    if typed.chars().count() > LONGEST {
        shown.push_str("..");
    }
    format!("`{shown}`")
}

pub(crate) fn fail(span: Span, problem: Problem) -> ParseError {
    ParseError { span, problem }
}
