//! Where in a text a thing was written, and how to point at it.
//!
//! Every token, node and message carries a [`Span`], so that a term is named as it was typed and
//! an error can draw a caret under its cause. Texts come from strangers: whatever is shown again is
//! escaped first, so that no terminal code or bidi override reaches a screen.

/// Bytes `start..end` of the text that was parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text as typed; empty when the span does not belong to `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// Two lines: the line of `text` that holds the span, escaped and cut to a screen's width, and carets under it.
pub fn pointed(text: &str, span: Span) -> String {
    const BEFORE: usize = 50;
    const AFTER: usize = 40;
    let start = floor_char(text, span.start);
    let end = floor_char(text, span.end.max(start));
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let end = end.min(line_end).max(start);

    let before: Vec<char> = text[line_start..start].chars().collect();
    let skipped = before.len().saturating_sub(BEFORE);
    let mut shown = if skipped > 0 { String::from("..") } else { String::new() };
    shown.push_str(&escaped(&before[skipped..].iter().collect::<String>()));
    let indent = shown.chars().count();
    let marked: String = text[start..end].chars().take(AFTER).collect();
    let marked = escaped(&marked);
    let width = marked.chars().count().max(1);
    shown.push_str(&marked);
    let rest: String = text[end..line_end].chars().take(AFTER).collect();
    shown.push_str(&escaped(&rest));
    if text[end..line_end].chars().count() > AFTER {
        shown.push_str("..");
    }
    format!("{shown}\n{}{}", " ".repeat(indent), "^".repeat(width))
}

/// `text` with control, format and bidi characters spelled as `\u{..}`, fit for a terminal.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else if c.is_whitespace() {
            out.push(' ');
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters that act on a screen, or on the reading order, without being seen.
pub(crate) fn is_hidden(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let bidi =
        matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    control || bidi || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_its_cause() {
        assert_eq!(pointed("a + log(z)", Span::new(4, 7)), "a + log(z)\n    ^^^");
        assert_eq!(pointed("first\nsecond ~", Span::new(13, 14)), "second ~\n       ^");
        assert_eq!(pointed("a", Span::new(900, 901)), "a\n ^");
    }

    #[test]
    fn a_bidi_override_is_shown_as_its_number() {
        assert_eq!(escaped("log(\u{202e}y)"), "log(\\u{202e}y)");
    }
}
