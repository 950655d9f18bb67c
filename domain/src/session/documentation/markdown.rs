//! Documentation as Markdown: headline, facts, problem, steps, resolution, follow-ups, escalation, scripts.

// Writing to a String can't fail: its results are dropped below.
use std::fmt::Write;

use super::escape::{code_block, one_line, paragraph};
use super::outline::{self, Point};
use super::wording::{domain, kind, status, time, urgency};
use super::{Documentation, DocumentationStep, EscalationRecord};

pub(super) fn render(doc: &Documentation) -> String {
    let mut blocks = vec![format!("# {}", headline(&doc.problem_summary)), facts(doc)];
    section(&mut blocks, "Problem", some_paragraph(&doc.intake_summary));
    section(&mut blocks, "Steps", list(doc.steps.iter().map(|it| step(it, doc))));
    section(&mut blocks, "Resolution", resolution(doc));
    section(&mut blocks, "Follow-ups", bullets(&doc.follow_ups));
    section(&mut blocks, "Escalation", doc.escalation.as_ref().map(escalation));
    section(&mut blocks, "Reopened", bullets(&doc.reopenings));
    section(&mut blocks, "Scripts", scripts(doc));
    blocks.push(format!("---\n\nAs recorded until {}. Steps: {}.", time(doc.generated_at), doc.total_steps));
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn section(blocks: &mut Vec<String>, title: &str, body: Option<String>) {
    if let Some(body) = body {
        blocks.push(format!("## {title}\n\n{body}"));
    }
}

fn headline(summary: &str) -> String {
    let line = one_line(summary);
    if line.is_empty() { "Problem not described yet".to_owned() } else { line }
}

fn facts(doc: &Documentation) -> String {
    let facts = [
        Some(("Status", status(doc.status).to_owned())),
        doc.problem_domain.map(|it| ("Area", domain(it).to_owned())),
        doc.urgency.map(|it| ("Urgency", urgency(it).to_owned())),
        doc.ticket.as_deref().map(|it| ("Ticket", one_line(it))),
        doc.flow.as_deref().map(|it| ("Flow", one_line(it))),
        Some(("Started", time(doc.started_at))),
        doc.closed_at.map(|it| ("Closed", time(it))),
        doc.duration.as_deref().map(|it| ("Duration", one_line(&it.replace('<', "under ")))),
    ];
    let facts = facts.into_iter().flatten().map(|(name, value)| format!("- **{name}:** {value}"));
    facts.collect::<Vec<_>>().join("\n")
}

fn step(step: &DocumentationStep, doc: &Documentation) -> String {
    let number = format!("{}. ", step.number);
    let indent = number.len();
    if let Some(outline) = outline::of(step, doc) {
        return format!("{number}**{}**{}", kind(step.kind), outline_list(&outline, indent));
    }
    let mut text = format!("{number}**{}:** {}", kind(step.kind), paragraph(&step.description, indent));
    for (name, value) in [("Response", &step.response), ("Outcome", &step.outcome)] {
        if let Some(value) = value {
            let value = paragraph(value, indent + 2);
            let _ = write!(text, "\n{:indent$}- {name}: {value}", "");
        }
    }
    text
}

fn outline_list(points: &[Point], indent: usize) -> String {
    let mut text = String::new();
    for point in points {
        let _ = write!(text, "\n{:indent$}- {}", "", one_line(&point.says));
        for item in point.items.iter().map(|item| one_line(item)).filter(|item| !item.is_empty()) {
            let _ = write!(text, "\n{:indent$}  - {item}", "");
        }
    }
    text
}

fn resolution(doc: &Documentation) -> Option<String> {
    let summary = some_paragraph(doc.resolution_summary.as_deref()?)?;
    let action = doc.resolution_action.as_deref().and_then(some_paragraph);
    Some(match action {
        Some(action) => format!("{summary}\n\n**Action taken:** {action}"),
        None => summary,
    })
}

fn escalation(it: &EscalationRecord) -> String {
    let mut text = format!(
        "- **Requested:** {}\n- **Reason:** {}\n- **Outcome:** {}",
        time(it.requested_at),
        paragraph(&it.reason, 2),
        paragraph(&it.outcome, 2),
    );
    let parts = [
        ("May still be the cause", &it.hypotheses),
        ("Suggested next steps", &it.next_steps),
        ("Ruled out", &it.ruled_out),
    ];
    for (title, items) in parts {
        if let Some(items) = bullets(items) {
            let _ = write!(text, "\n\n**{title}:**\n\n{items}");
        }
    }
    text
}

fn scripts(doc: &Documentation) -> Option<String> {
    let blocks = doc.scripts.iter().map(|it| {
        let title = format!("**{}** (version {})", one_line(&it.template_name), it.template_version);
        format!("{title}, generated {}:\n\n{}", time(it.generated_at), code_block("powershell", &it.body))
    });
    joined(blocks, "\n\n")
}

fn some_paragraph(text: &str) -> Option<String> {
    Some(paragraph(text, 0)).filter(|text| !text.is_empty())
}

fn bullets(items: &[String]) -> Option<String> {
    let items = items.iter().map(|item| paragraph(item, 2)).filter(|item| !item.is_empty());
    list(items.map(|item| format!("- {item}")))
}

fn list(items: impl Iterator<Item = String>) -> Option<String> {
    joined(items, "\n")
}

fn joined(items: impl Iterator<Item = String>, between: &str) -> Option<String> {
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then(|| items.join(between))
}
