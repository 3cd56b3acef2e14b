//! Text from strangers made safe to print: control characters and direction marks escaped, long text cut.
//!
//! Names, cells and paths go into error messages and from there to terminals, where an escape sequence would act.

use std::fmt;

/// Characters shown of one piece of text.
const LONGEST: usize = 80;

/// Shows a text in double quotes, harmless to a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for (i, c) in self.0.chars().enumerate() {
            if i == LONGEST {
                f.write_str("..")?;
                break;
            }
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_control() || turns_direction(c) => write!(f, "{}", c.escape_default())?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

/// Marks that make a terminal show text in another order than it is written, or not at all.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn an_escape_sequence_in_a_name_does_not_reach_the_terminal() {
        assert_eq!(Shown("a\u{1b}[31m\n\u{202e}\"µ").to_string(), r#""a\u{1b}[31m\n\u{202e}\"µ""#);
        assert_eq!(Shown(&"x".repeat(100)).to_string().len(), 84);
    }
}
