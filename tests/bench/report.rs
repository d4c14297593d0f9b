//! What was measured, as a table.
//!
//! **Invariant:** nothing is rounded in our favour: whether a target is met is decided by the figure that was measured,
//! and what is printed is cut off towards the worse side.

use std::fmt::Write as _;

/// What is asked of a ratio.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Our rate over the floor's.
    AtLeast(f64),
    /// Our rate over another of ours.
    MoreThan(f64),
    /// Our ratio stays below, and it was measured under the conditions that were promised.
    BelowIf(f64, bool),
    /// Our time or our memory over the floor's.
    AtMost(f64),
    /// Our time over the floor's, unless something else that was promised instead is kept: whether it is, and its words.
    AtMostOr(f64, bool, &'static str),
    /// None of these may be: how many there were.
    NoneOf(usize),
    /// No promise: our time over the floor's is worth knowing.
    Time,
    /// No promise: our rate over the floor's is.
    None,
}

/// One line of the table.
pub(crate) struct Line {
    /// Which promise of the issue it belongs to; empty for what is only worth knowing.
    pub(crate) promise: &'static str,
    /// What was measured.
    pub(crate) what: String,
    /// Our figure, with its unit.
    pub(crate) ours: String,
    /// The floor's figure, with its unit and what it is.
    pub(crate) floor: String,
    /// The ratio of each round; empty when there is nothing to compare with.
    pub(crate) ratios: Vec<f64>,
    /// What is asked of their median.
    pub(crate) target: Target,
}

impl Line {
    /// Rates of rounds that took turns.
    pub(crate) fn rates(
        promise: &'static str,
        what: impl Into<String>,
        (ours, floor): (&[f64], &[f64]),
        unit: &str,
        target: Target,
    ) -> Self {
        let ratios = ours.iter().zip(floor).map(|(ours, floor)| ours / floor).collect();
        Self {
            promise,
            what: what.into(),
            ours: format!("{} {unit}", figure(median(ours))),
            floor: format!("{} {unit}", figure(median(floor))),
            ratios,
            target,
        }
    }

    /// Something without a floor.
    pub(crate) fn plain(what: impl Into<String>, ours: impl Into<String>) -> Self {
        let floor = String::new();
        Self { promise: "", what: what.into(), ours: ours.into(), floor, ratios: Vec::new(), target: Target::None }
    }

    fn ratio(&self) -> String {
        if self.ratios.is_empty() {
            return String::new();
        }
        let [low, high] = spread(&self.ratios);
        let middle = median(&self.ratios);
        if self.ratios.len() == 1 {
            return if matches!(self.target, Target::BelowIf(..) | Target::AtMost(_) | Target::Time) {
                format!("{}×", up(middle))
            } else {
                format!("{} %", percent(middle))
            };
        }
        match self.target {
            Target::BelowIf(..) | Target::AtMost(_) | Target::AtMostOr(..) | Target::Time => {
                format!("{}× ({}–{})", up(middle), up(low), up(high))
            }
            _ => format!("{} % ({}–{})", percent(middle), percent(low), percent(high)),
        }
    }

    fn target(&self) -> String {
        match self.target {
            Target::AtLeast(least) => format!("≥ {} %", percent(least)),
            Target::BelowIf(most, _) => format!("< {most}×"),
            Target::MoreThan(least) => format!("> {} %", percent(least)),
            Target::AtMost(most) => format!("≤ {most}×"),
            Target::AtMostOr(most, _, other) => format!("≤ {most}× or {other}"),
            Target::NoneOf(_) => "none".to_owned(),
            Target::Time | Target::None => String::new(),
        }
    }

    fn verdict(&self) -> &'static str {
        let met = match self.target {
            Target::AtLeast(least) => median(&self.ratios) >= least,
            Target::BelowIf(most, fair) => fair && median(&self.ratios) < most,
            Target::MoreThan(least) => median(&self.ratios) > least,
            Target::AtMost(most) => median(&self.ratios) <= most,
            Target::AtMostOr(most, other, _) => other || median(&self.ratios) <= most,
            Target::NoneOf(count) => count == 0,
            Target::Time | Target::None => return "",
        };
        if met { "met" } else { "**not met**" }
    }

    fn cells(&self) -> [String; 7] {
        let verdict = self.verdict().to_owned();
        let (what, ours, floor) = (self.what.clone(), self.ours.clone(), self.floor.clone());
        [self.promise.to_owned(), what, ours, floor, self.ratio(), self.target(), verdict]
    }
}

/// The lines so far.
#[derive(Default)]
pub(crate) struct Report {
    /// In the order they were measured.
    pub(crate) lines: Vec<Line>,
}

impl Report {
    /// Takes a line, and shows it to whoever waits.
    pub(crate) fn push(&mut self, line: Line) {
        let [promise, what, ours, floor, ratio, target, verdict] = line.cells();
        let floor = if floor.is_empty() { floor } else { format!("; floor {floor}") };
        let judged = [ratio, target, verdict].into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ");
        let ratio = if judged.is_empty() { judged } else { format!("; {judged}") };
        eprintln!("  {promise:2} {what}: {ours}{floor}{ratio}");
        self.lines.push(line);
    }
}

const HEAD: [&str; 7] = ["", "measured", "Datebook", "floor", "ratio (lowest–highest round)", "target", ""];

/// The table in Markdown, its columns aligned for reading as text too.
pub(crate) fn table(lines: &[Line]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(lines.iter().map(Line::cells));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:<width$} ");
        }
        text += "|\n";
        if number == 0 {
            for width in &widths {
                let _ = write!(text, "| {:-<width$} ", "");
            }
            text += "|\n";
        }
    }
    text
}

/// The middle of some figures.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}

fn spread(figures: &[f64]) -> [f64; 2] {
    let low = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let high = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [low, high]
}

/// Cut off.
fn percent(ratio: f64) -> String {
    format!("{:.1}", (ratio * 1000.0).floor() / 10.0)
}

/// Rounded up.
fn up(ratio: f64) -> String {
    format!("{:.2}", (ratio * 100.0).ceil() / 100.0)
}

/// A figure with thousands apart.
pub(crate) fn figure(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
