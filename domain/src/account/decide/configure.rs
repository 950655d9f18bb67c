//! Changing an account's name, zone, hours and settings.

use std::ops::RangeInclusive;

use super::{Decision, NAME, as_administrator, check_zone};
use crate::access::By;
use crate::account::Profile;
use crate::account::command::Configure;
use crate::account::event::{AccountConfigured, AccountEvent, Quotas};
use crate::input::{InputFault, InvalidInput, Path};

const CALLS: RangeInclusive<i64> = 0..=1_000_000;
const PROPOSALS: RangeInclusive<i64> = 0..=10_000;
const STEPS: RangeInclusive<i64> = 1..=200;
/// Up to a year.
const HOURS: RangeInclusive<i64> = 1..=8_760;

pub(super) fn configure(now: &Profile, by: &By, change: Configure) -> Decision {
    as_administrator(by)?;
    let name = match change.name {
        Some(name) => {
            NAME.check(&name, &["name"])?;
            name.trim().to_owned()
        }
        None => now.name.clone(),
    };
    let time_zone = change.time_zone.unwrap_or_else(|| now.time_zone.clone());
    check_zone(&time_zone)?;
    let Quotas { assistant_calls_per_day, proposals_per_day, step_limit, idle_hours, escalation_hours } =
        now.quotas;
    let quotas = Quotas {
        assistant_calls_per_day: within(
            CALLS,
            change.assistant_calls_per_day,
            assistant_calls_per_day,
            &["assistantCallsPerDay"],
        )?,
        proposals_per_day: within(
            PROPOSALS,
            change.proposals_per_day,
            proposals_per_day,
            &["proposalsPerDay"],
        )?,
        step_limit: within(STEPS, change.step_limit, step_limit, &["stepLimit"])?,
        idle_hours: within(HOURS, change.idle_hours, idle_hours, &["idleHours"])?,
        escalation_hours: within(HOURS, change.escalation_hours, escalation_hours, &["escalationHours"])?,
    };
    let business_hours = change.business_hours.of(now.business_hours.as_ref())?;
    let changed = Profile { name, time_zone, business_hours, quotas };
    if changed == *now {
        return Ok(vec![]);
    }
    let Profile { name, time_zone, business_hours, quotas } = changed;
    Ok(vec![AccountEvent::Configured(AccountConfigured { name, time_zone, business_hours, quotas })])
}

fn within(range: RangeInclusive<i64>, given: Option<i64>, now: u32, path: Path) -> Result<u32, InvalidInput> {
    let Some(given) = given else { return Ok(now) };
    let fault = InputFault::OutOfRange { min: *range.start(), max: *range.end() };
    let known = range.contains(&given).then(|| u32::try_from(given).ok()).flatten();
    known.ok_or_else(|| InvalidInput::new(path, fault))
}
