//! Small charts of one line: bars of counts, and marks above and below a middle.

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const PLAIN: [char; 8] = ['.', '.', ':', ':', '-', '=', '+', '#'];

/// Counts as bars, the greatest as the highest; an empty place is a blank.
///
/// * `ascii` without block characters
#[must_use]
pub fn bars(counts: &[u64], ascii: bool) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    let marks = if ascii { PLAIN } else { BLOCKS };
    let mark = |count: &u64| match count {
        0 => ' ',
        count => marks[((count * 8).div_ceil(most) - 1).min(7) as usize],
    };
    counts.iter().map(mark).collect()
}

/// Shifts about 0 as bars about half height; `unit` and more are the highest and the lowest.
#[must_use]
pub fn shifts(values: &[f64], unit: f64, ascii: bool) -> String {
    let marks = if ascii { PLAIN } else { BLOCKS };
    let mark = |value: &f64| {
        if value.is_nan() {
            return ' ';
        }
        let share = (value / unit).clamp(-1.0, 1.0);
        marks[(3.5 + 3.5 * share).round() as usize]
    };
    values.iter().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_the_counts() {
        assert_eq!(bars(&[1, 4, 8, 0], false), "▁▄█ ");
        assert_eq!(bars(&[1, 4, 8, 0], true), ".:# ");
        assert_eq!(bars(&[], false), "");
    }

    #[test]
    fn shifts_lie_about_half_height() {
        assert_eq!(shifts(&[-1.0, -0.2, 0.2, 2.0], 1.0, false), "▁▄▅█");
    }
}
