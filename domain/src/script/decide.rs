//! Decides what a command to a script template leads to (rules 8.1, 11.2).

use crate::access::{By, Caller};
use crate::id::TeamId;
use crate::script::command::{RecordGeneration, ScriptTemplateAct, ScriptTemplateCommand};
use crate::script::error::ScriptTemplateError;
use crate::script::event::{
    ScriptGenerated, ScriptTemplateDeactivated, ScriptTemplateEvent, ScriptTemplatePublished,
};
use crate::script::template::{TemplateContent, checked};
use crate::script::{ScriptTemplate, TemplateVersion};

type Decision = Result<Vec<ScriptTemplateEvent>, ScriptTemplateError>;

impl ScriptTemplate {
    /// The events that a command leads to; none if it changes nothing.
    pub fn decide(&self, command: ScriptTemplateCommand) -> Decision {
        let ScriptTemplateCommand { by, act } = command;
        match (&self.current, act) {
            (None, ScriptTemplateAct::Publish(content)) => {
                keeps(&by, content.team)?;
                published(1, content)
            }
            (Some(_), ScriptTemplateAct::Publish(_)) => Err(ScriptTemplateError::AlreadyExists),
            (Some(current), ScriptTemplateAct::PublishAgain(content)) => {
                self.publish_again(&by, current, content)
            }
            (Some(current), ScriptTemplateAct::Deactivate) => {
                keeps(&by, current.content.team)?;
                let deactivated = ScriptTemplateEvent::Deactivated(ScriptTemplateDeactivated {});
                Ok(if self.active { vec![deactivated] } else { vec![] })
            }
            (Some(current), ScriptTemplateAct::RecordGeneration(record)) => {
                record_generation(&by, current, record)
            }
            (
                None,
                ScriptTemplateAct::PublishAgain(_)
                | ScriptTemplateAct::Deactivate
                | ScriptTemplateAct::RecordGeneration(_),
            ) => Err(ScriptTemplateError::NotFound),
        }
    }

    /// Who takes a template from one owner to another keeps those of both.
    fn publish_again(&self, by: &By, current: &TemplateVersion, content: TemplateContent) -> Decision {
        keeps(by, current.content.team)?;
        keeps(by, content.team)?;
        let events = published(current.version + 1, content)?;
        let is_same = |event: &ScriptTemplateEvent| matches!(event, ScriptTemplateEvent::Published(next) if next.content == current.content);
        Ok(if self.active && events.iter().all(is_same) { vec![] } else { events })
    }
}

fn published(version: u32, content: TemplateContent) -> Decision {
    let content = checked(content).map_err(ScriptTemplateError::InvalidTemplate)?;
    Ok(vec![ScriptTemplateEvent::Published(ScriptTemplatePublished { version, content })])
}

/// Since it was generated the template may have been changed or deactivated: it was generated all the same.
fn record_generation(by: &By, current: &TemplateVersion, record: RecordGeneration) -> Decision {
    let generated_by = match by {
        By::Member(caller) if caller.role.handles_sessions() => caller.user,
        By::Member(_) | By::System => {
            return Err(ScriptTemplateError::NotEntitled { who: "engineers, team admins and owners" });
        }
    };
    let RecordGeneration { script, generated, session, step, account } = record;
    if generated.version() > current.version {
        return Err(ScriptTemplateError::NotFound);
    }
    Ok(vec![ScriptTemplateEvent::Generated(ScriptGenerated {
        script,
        template_version: generated.version(),
        session,
        step,
        account,
        generated_by,
        arguments: generated.arguments().clone().into(),
    })])
}

/// Rule 11.2: the account's templates are for owners and super admins, a team's for owners and that team's admins.
fn keeps(by: &By, team: Option<TeamId>) -> Result<(), ScriptTemplateError> {
    let By::Member(caller) = by else { return Ok(()) };
    let (may, who) = match team {
        None => (caller.role.keeps_account_templates(), "owners and super admins"),
        Some(team) => (keeps_of_team(caller, team), "owners and the team's own admins"),
    };
    if may { Ok(()) } else { Err(ScriptTemplateError::NotEntitled { who }) }
}

fn keeps_of_team(caller: &Caller, team: TeamId) -> bool {
    caller.role.publishes_flows() && (caller.role.administers_account() || caller.teams.contains(&team))
}

#[cfg(test)]
mod tests;
