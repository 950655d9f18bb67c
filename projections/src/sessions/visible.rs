//! Rule 11.4 in SQL, as [`SessionView::visible_to`] has it, part by part: each part is found by an index of its own.
//!
//! [`SessionView::visible_to`]: domain::session::view::SessionView::visible_to

use domain::access::Caller;
use sqlx::{Postgres, QueryBuilder};

use super::queries::SessionFilter;

/// A part of the sessions that somebody sees. A session may be in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// They handle it.
    Handled,
    /// They opened it.
    Opened,
    /// An escalation to them is open.
    Target,
    /// They handled it once.
    HandledBefore,
    /// They may pick it up now.
    ToPickUp,
}

/// Most see what they had or have to do with;
const SEEN: &[Part] = &[Part::Handled, Part::Opened, Part::Target, Part::HandledBefore];
/// who handles sessions, also what is offered to them.
const SEEN_AND_OFFERED: &[Part] =
    &[Part::Handled, Part::Opened, Part::Target, Part::HandledBefore, Part::ToPickUp];
/// A caller's own.
const MINE: &[Part] = &[Part::Handled, Part::Opened];

/// What makes up the wanted sessions that a caller sees; none where that is all of the account's.
pub(super) fn parts(caller: &Caller, filter: &SessionFilter) -> Option<&'static [Part]> {
    if filter.mine {
        Some(MINE)
    } else if caller.role.reads_everything() {
        None
    } else if caller.role.handles_sessions() {
        Some(SEEN_AND_OFFERED)
    } else {
        Some(SEEN)
    }
}

impl Part {
    /// Narrows `sessions AS session` to it. The conditions on columns alone are those of the partial indexes.
    pub(super) fn push(self, query: &mut QueryBuilder<'_, Postgres>, caller: &Caller) {
        let me = caller.user.0;
        match self {
            Self::Handled => query.push(" AND session.handler = ").push_bind(me),
            // Of what they handle still the part above tells.
            Self::Opened => {
                query.push(" AND session.opened_by <> session.handler AND session.opened_by = ").push_bind(me)
            }
            Self::Target => query.push(" AND session.target = ").push_bind(me),
            Self::HandledBefore => query
                .push(" AND session.past_handlers <> '{}' AND session.past_handlers @> ARRAY[")
                .push_bind(me)
                .push("]::uuid[]"),
            Self::ToPickUp => query
                .push(" AND session.status = 'REQUESTING_ESCALATION' AND session.target IS NULL")
                .push(" AND session.escalated_by <> ")
                .push_bind(me)
                .push(" AND (session.team IS NULL OR session.team = ANY(")
                .push_bind(caller.teams.iter().map(|team| team.0).collect::<Vec<_>>())
                .push("))"),
        };
    }
}
