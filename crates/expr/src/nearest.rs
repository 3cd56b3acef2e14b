//! Did you mean ..? The known word that is nearest to a mistyped one.
//!
//! Distance: insertions, deletions, replacements and swaps of neighbours (optimal string alignment),
//! letter case free. Every unknown column, level, function, likelihood or flag of the house asks here.

/// The candidate nearest to `word`; `None` where all are too far (more than a third of the letters differ, and none is
/// abbreviated by it). Of several at one distance the one that begins alike, then the one whose digits are nearest.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 100;
    /// Letters that an abbreviation needs.
    const SHORTEST: usize = 3;
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let mut best: Option<((usize, usize, u32), &str)> = None;
    let mut longer: Option<&str> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
        if word.len() >= SHORTEST && letters.starts_with(&word) && longer.is_none() {
            longer = Some(candidate);
        }
        let allowed = (word.len().max(letters.len()) / 3).max(1).min(word.len().max(letters.len()) - 1);
        let limit = best.map_or(allowed, |((d, ..), _)| allowed.min(d));
        if word.len().abs_diff(letters.len()) > limit {
            continue;
        }
        let d = distance(&word, &letters);
        let common = word.iter().zip(&letters).take_while(|(a, b)| a == b).count();
        let rank = (d, LONGEST - common.min(LONGEST), digits_apart(&word, &letters));
        if d <= limit && best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, candidate));
        }
    }
    best.map(|(_, candidate)| candidate).or(longer)
}

/// By how much digits in the same places differ.
fn digits_apart(a: &[char], b: &[char]) -> u32 {
    let digits = a.iter().zip(b).filter_map(|(a, b)| a.to_digit(10).zip(b.to_digit(10)));
    digits.map(|(a, b)| a.abs_diff(b)).sum()
}

fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut rows = vec![0; (a.len() + 1) * width];
    for j in 0..width {
        rows[j] = j;
    }
    for i in 1..=a.len() {
        rows[i * width] = i;
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut d = (rows[(i - 1) * width + j - 1] + change)
                .min(rows[(i - 1) * width + j] + 1)
                .min(rows[i * width + j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                d = d.min(rows[(i - 2) * width + j - 2] + 1);
            }
            rows[i * width + j] = d;
        }
    }
    rows[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_or_none_is_offered() {
        let words = ["age", "age_months", "income", "region"];
        assert_eq!(nearest("Age", words), Some("age"));
        assert_eq!(nearest("icnome", words), Some("income"));
        assert_eq!(nearest("regoin", words), Some("region"));
        assert_eq!(nearest("zzz", words), None);
        assert_eq!(nearest("reg", words), Some("region"), "an abbreviation");
        assert_eq!(nearest("hc9", ["hac", "hc0", "hc1", "hc3", "hc4"]), Some("hc4"), "the nearest digit");
        assert_eq!(nearest("bc1", ["abc1", "bc2"]), Some("bc2"), "what begins alike");
        assert_eq!(nearest("q", ["x", "y"]), None);
        assert_eq!(nearest("", words), None);
        assert_eq!(nearest("a", [""]), None);
    }
}
