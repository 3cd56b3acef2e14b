//! Lines on two scales of logarithms, as SVG that needs nothing else.

use crate::escape_html;
use std::fmt::Write;

/// One line of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// What it shows.
    pub name: &'a str,
    /// Its points, both numbers above 0.
    pub points: &'a [(f64, f64)],
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
/// Room for labels: left, right, top, bottom.
const MARGIN: [f64; 4] = [70.0, 20.0, 20.0, 50.0];
/// Colours that are told apart by readers who do not see red and green (Okabe & Ito, 2008).
const COLOURS: [&str; 4] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"];

/// From values to places, by whole powers of ten.
struct Axis {
    low: i32,
    high: i32,
    from: f64,
    to: f64,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let logs = values.filter(|v| *v > 0.0).map(f64::log10);
        let (low, high) = logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let (low, high) = if low <= high { (low.floor(), high.ceil()) } else { (0.0, 1.0) };
        Self { low: low as i32, high: (high as i32).max(low as i32 + 1), from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        self.from + share * (self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        (self.low..=self.high).map(|power| (self.place(10_f64.powi(power)), label(power)))
    }
}

/// A power of ten as it is written.
fn label(power: i32) -> String {
    match power {
        -3..=4 => 10_f64.powi(power).to_string(),
        _ => format!("1e{power}"),
    }
}

/// The chart, points joined by straight lines.
///
/// * `across`, `up` what is told along the axes
#[must_use]
pub fn log_log_chart(across: &str, up: &str, lines: &[Line<'_>]) -> String {
    let [left, right, top, bottom] = MARGIN;
    let all = || lines.iter().flat_map(|line| line.points);
    let x = Axis::of(all().map(|p| p.0), left, WIDTH - right);
    let y = Axis::of(all().map(|p| p.1), HEIGHT - bottom, top);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>{} by {}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n",
        escape_html(up),
        escape_html(across)
    );
    let floor = HEIGHT - bottom;
    for (at, label) in x.ticks() {
        let _ = writeln!(
            out,
            "<path d=\"M{at:.1} {top}V{floor}\" stroke=\"#dddddd\"/><text x=\"{at:.1}\" y=\"{}\" \
             text-anchor=\"middle\">{label}</text>",
            floor + 18.0
        );
    }
    for (at, label) in y.ticks() {
        let _ = writeln!(
            out,
            "<path d=\"M{left} {at:.1}H{}\" stroke=\"#dddddd\"/><text x=\"{}\" y=\"{:.1}\" \
             text-anchor=\"end\">{label}</text>",
            WIDTH - right,
            left - 8.0,
            at + 4.0
        );
    }
    for (i, line) in lines.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let places: Vec<String> =
            line.points.iter().map(|(a, b)| format!("{:.1} {:.1}", x.place(*a), y.place(*b))).collect();
        let _ = writeln!(
            out,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            places.join("L")
        );
        for (a, b) in line.points {
            let (a, b) = (x.place(*a), y.place(*b));
            let _ = writeln!(out, "<circle cx=\"{a:.1}\" cy=\"{b:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        let row = top + 16.0 * (i as f64 + 1.0);
        let name = escape_html(line.name);
        let _ = writeln!(out, "<text x=\"{}\" y=\"{row}\" fill=\"{colour}\">{name}</text>", left + 12.0);
    }
    let middle = 0.5 * (left + WIDTH - right);
    let _ = writeln!(
        out,
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n<text x=\"16\" y=\"{h}\" \
         text-anchor=\"middle\" transform=\"rotate(-90 16 {h})\">{}</text>\n</svg>",
        HEIGHT - 10.0,
        escape_html(across),
        escape_html(up),
        h = 0.5 * HEIGHT
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_slope_one_is_straight_and_names_are_escaped() {
        let points = [(10.0, 1.0), (100.0, 10.0), (1000.0, 100.0)];
        let chart = log_log_chart("rows", "s", &[Line { name: "a < b", points: &points }]);
        assert!(chart.contains("a &lt; b"));
        let line = chart.lines().find(|line| line.contains("fill=\"none\"")).expect("the line");
        let path = line.split('"').nth(1).expect("its path");
        let numbers: Vec<f64> =
            path.split(['M', 'L', ' ']).filter(|w| !w.is_empty()).map(|w| w.parse().expect(w)).collect();
        // Places are told to a tenth.
        assert!((numbers[0] + numbers[4] - 2.0 * numbers[2]).abs() < 0.21, "{numbers:?}");
        assert!((numbers[1] + numbers[5] - 2.0 * numbers[3]).abs() < 0.21, "{numbers:?}");
    }
}
