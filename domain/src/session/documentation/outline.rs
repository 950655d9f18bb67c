//! What FlowPilot itself wrote into a session, as points with items below them, without what its document says anyway.

use super::wording::{domain, urgency};
use super::{Documentation, DocumentationStep};
use crate::session::step::StepKind;

/// One line of an analysis or a briefing, with the items listed below it.
#[derive(Debug, PartialEq)]
pub(super) struct Point {
    pub(super) says: String,
    pub(super) items: Vec<String>,
}

/// The points of an analysis or a briefing; none for other steps, and for those that are a line or nothing.
pub(super) fn of(step: &DocumentationStep, doc: &Documentation) -> Option<Vec<Point>> {
    if !matches!(step.kind, StepKind::IntakeAnalysis | StepKind::Briefing) {
        return None;
    }
    let points: Vec<Point> =
        points(&step.description).into_iter().filter(|point| is_news(point, doc)).collect();
    let several = points.len() > 1 || points.iter().any(|point| !point.items.is_empty());
    several.then_some(points)
}

fn points(text: &str) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (line.strip_prefix("- "), points.last_mut()) {
            (Some(item), Some(point)) if point.says.ends_with(':') => point.items.push(item.to_owned()),
            // What somebody pasted may go over several lines.
            (None, Some(point)) if !begins_point(line) => {
                let goes_on = point.items.last_mut().unwrap_or(&mut point.says);
                goes_on.push(' ');
                goes_on.push_str(line);
            }
            _ => points.push(Point { says: line.to_owned(), items: Vec::new() }),
        }
    }
    points
}

/// "Symptoms:", "Flow: …" and the few sentences that stand without a label.
fn begins_point(line: &str) -> bool {
    let label = line.split(':').next().filter(|label| label.len() < line.len());
    let labelled = label.is_some_and(|label| {
        label.len() <= 30
            && label.starts_with(|first: char| first.is_ascii_uppercase())
            && label.chars().all(|it| it.is_ascii_alphabetic() || it == ' ')
    });
    labelled
        || ["A flow fits", "No flow fits", "Several flows fit", "Nothing has been tried"]
            .iter()
            .any(|sentence| line.starts_with(sentence))
}

/// The headline, the facts below it and the section about the problem stand in every document.
fn is_news(point: &Point, doc: &Documentation) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let after = |label: &str| point.says.strip_prefix(label).map(words);
    let says_again = |label: &str, known: &str| after(label).is_some_and(|told| told == words(known));
    let area = doc.problem_domain.zip(doc.urgency);
    let area = area.map(|(area, how)| format!("{} · Urgency: {}", domain(area), urgency(how)));
    !(says_again("What I understood: ", &doc.problem_summary)
        || says_again("Problem: ", &doc.problem_summary)
        || says_again("It began with: ", &doc.intake_summary)
        || area.is_some_and(|area| says_again("Area: ", &area)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_points_items_stand_below_them_and_pasted_lines_go_on() {
        let point = |says: &str, items: &[&str]| Point {
            says: says.to_owned(),
            items: items.iter().map(|item| (*item).to_owned()).collect(),
        };
        assert_eq!(
            points(
                "Area: E-mail\nTried so far:\n- Ping? → It answers\nin 3 ms\n- Trace\nIt began with: a\nb\nNo flow fits."
            ),
            [
                point("Area: E-mail", &[]),
                point("Tried so far:", &["Ping? → It answers in 3 ms", "Trace"]),
                point("It began with: a b", &[]),
                point("No flow fits.", &[]),
            ]
        );
    }
}
