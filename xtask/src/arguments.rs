//! The few words that a runner takes: one directory or file, and `--flag value` pairs.

/// One positional word and flags with a value.
pub(crate) struct Arguments {
    /// The directory or file.
    pub(crate) path: String,
    flags: Vec<(String, String)>,
}

impl Arguments {
    /// Reads words; `known` are the flags, without their dashes.
    pub(crate) fn parse(words: &[String], known: &[&str]) -> Result<Self, String> {
        let (mut path, mut flags) = (None, Vec::new());
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            match word.strip_prefix("--") {
                Some(flag) if known.contains(&flag) => {
                    let value = rest.next().ok_or_else(|| format!("--{flag} takes a value"))?;
                    flags.push((flag.to_owned(), value.clone()));
                }
                Some(flag) => return Err(format!("--{flag} is unknown; valid: --{}", known.join(", --"))),
                None if path.is_none() => path = Some(word.clone()),
                None => return Err(format!("one path is enough: {word}")),
            }
        }
        Ok(Self { path: path.ok_or("a path is missing")?, flags })
    }

    /// The value of a flag.
    pub(crate) fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(flag, _)| flag == name).map(|(_, value)| value.as_str())
    }
}

/// Whether `name` matches a pattern of literal text, `*` and `?`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for p in pattern {
        let before = reached.clone();
        for i in 0..=name.len() {
            reached[i] = match p {
                '*' => before[i] || (i > 0 && reached[i - 1]),
                '?' => i > 0 && before[i - 1],
                c => i > 0 && before[i - 1] && name[i - 1] == c,
            };
        }
    }
    reached[name.len()]
}
