//! A session as a readable transcript: plain text, with colours where a terminal shows them.

mod layout;

use std::io::{self, Write};
use std::time::Duration;

use super::answer::Choice;
use super::wire::{Documentation, Intake, Session, Step};
use layout::{Ink, Paint};

/// Writes what happens in a session, as it happens.
pub struct Transcript<W> {
    out: W,
    paint: Paint,
}

/// How long a session took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Assistant steps.
    pub steps: u32,
    /// From the intake to the first step.
    pub first_step: Duration,
    /// From the intake to the documentation.
    pub all: Duration,
}

impl<W: Write> Transcript<W> {
    /// Writes there, in colours or without.
    pub fn new(out: W, colours: bool) -> Self {
        Self { out, paint: Paint::new(colours) }
    }

    /// What the session is about.
    pub fn headline(&mut self, title: &str, name: &str) -> io::Result<()> {
        let line = self.paint.rule(&format!("{title}  ({name})"));
        writeln!(self.out, "\n{line}")
    }

    /// What the engineer pasted, as it is stored.
    pub fn intake(&mut self, intake: &Intake) -> io::Result<()> {
        self.section("The intake")?;
        if let Some(text) = &intake.text {
            self.quoted(text)?;
        }
        if let Some(log) = &intake.log_content {
            self.section("Pasted with it")?;
            self.quoted(log)?;
        }
        if intake.redactions.is_empty() {
            return Ok(());
        }
        let tallies: Vec<_> =
            intake.redactions.iter().map(|found| format!("{} x {}", found.count, found.kind)).collect();
        self.line(Ink::Warning, &format!("Replaced before anything was stored: {}", tallies.join(", ")))
    }

    /// What FlowPilot made of it.
    pub fn understood(&mut self, session: &Session) -> io::Result<()> {
        self.section("What FlowPilot understood")?;
        self.fact("Summary", session.problem_summary.as_deref().unwrap_or("nothing yet"))?;
        let domain = session.problem_domain.as_deref().unwrap_or("unknown");
        self.fact(
            "Domain",
            &format!("{domain}, urgency {}", session.urgency.as_deref().unwrap_or("unknown")),
        )?;
        if !session.key_symptoms.is_empty() {
            self.fact("Symptoms", &session.key_symptoms.join("; "))?;
        }
        match &session.matched {
            Some(found) => {
                self.fact(
                    "Match",
                    &format!(
                        "{} (version {}), score {:.2}",
                        found.flow.name, found.flow_version, found.score
                    ),
                )?;
                self.fact("Because", &found.reason)
            }
            None => self.fact("Match", "no published flow fits well enough"),
        }
    }

    /// What is asked.
    pub fn step(&mut self, number: usize, step: &Step) -> io::Result<()> {
        let kind = step.kind.replace('_', " ").to_lowercase();
        self.section(&format!(
            "Step {number}: {kind}, {} {:.2}",
            step.confidence_tier, step.confidence_score
        ))?;
        self.line(Ink::Strong, &step.text)?;
        if let Some(context) = &step.context_message {
            self.line(Ink::Faint, context)?;
        }
        for (index, point) in step.checklist.iter().enumerate() {
            self.item(&format!("{}.", index + 1), point)?;
        }
        if let Some(outcome) = &step.expected_outcome {
            self.line(Ink::Faint, outcome)?;
        }
        for option in &step.options {
            self.item("( )", &option.label)?;
        }
        if let Some(summary) = step.resolution_summary.as_ref().filter(|summary| **summary != step.text) {
            self.line(Ink::Plain, summary)?;
        }
        for follow_up in &step.follow_ups {
            self.item("-", follow_up)?;
        }
        Ok(())
    }

    /// What the engineer answers.
    pub fn answer(&mut self, choice: &Choice) -> io::Result<()> {
        let said = match choice {
            Choice::Option { label, .. } => label.clone(),
            Choice::FreeText(text) => format!("\"{}\"", text.trim()),
            Choice::Skip => "skipped".to_owned(),
            Choice::ActionResult { succeeded, details } => {
                let result = if *succeeded { "succeeded" } else { "did not succeed" };
                details.as_ref().map_or_else(|| result.to_owned(), |details| format!("{result}: {details}"))
            }
        };
        self.hanging(Ink::Answer, "  => ", &said)
    }

    /// What it was and what helped.
    pub fn resolution(&mut self, documentation: &Documentation) -> io::Result<()> {
        self.section("Resolved")?;
        self.line(Ink::Strong, documentation.resolution_summary.as_deref().unwrap_or_default())?;
        self.line(Ink::Plain, documentation.resolution_action.as_deref().unwrap_or_default())
    }

    /// What was written down, as Markdown.
    pub fn documentation(&mut self, markdown: &str) -> io::Result<()> {
        self.section("The documentation that FlowPilot wrote")?;
        self.quoted(markdown)
    }

    /// How long it took.
    pub fn facts(&mut self, facts: &Facts, session: &Session) -> io::Result<()> {
        writeln!(self.out)?;
        let steps = format!("{} after {} steps", session.status, facts.steps);
        let (first, all) = (facts.first_step.as_secs_f64(), facts.all.as_secs_f64());
        self.line(
            Ink::Heading,
            &format!("{steps}; the first came after {first:.2} s, everything took {all:.2} s."),
        )?;
        self.line(Ink::Faint, &format!("Session {}", session.id))?;
        self.out.flush()
    }

    fn section(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out)?;
        writeln!(self.out, "{}", self.paint.ink(Ink::Heading, title))
    }

    fn fact(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.hanging(Ink::Plain, &format!("  {name:<10}"), value)
    }

    fn item(&mut self, mark: &str, text: &str) -> io::Result<()> {
        self.hanging(Ink::Plain, &format!("    {mark} "), text)
    }

    fn line(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        self.hanging(ink, "  ", text)
    }

    fn quoted(&mut self, text: &str) -> io::Result<()> {
        for line in text.trim_end().lines() {
            writeln!(self.out, "  {} {line}", self.paint.ink(Ink::Faint, "|"))?;
        }
        Ok(())
    }

    fn hanging(&mut self, ink: Ink, lead: &str, text: &str) -> io::Result<()> {
        for line in layout::hanging(lead, text.trim()) {
            writeln!(self.out, "{}", self.paint.ink(ink, &line))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
