//! The table itself: a row for every field of the three roots, a column for every kind of caller.

use serde_json::json;

use super::Ask::{Command, Follow, Query, Watch};
use super::Hears::{E, F, N, Says, Y};
use super::Row;
use super::scene::Given::{
    Account, Active, Closed, DraftFlow, Escalated, Member, Paused, PublishedFlow, TeamTemplate, Template,
};
use super::scene::{flow, template};
use crate::play::RIDDLE;
use crate::world::new_key;

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const WRONG_STATUS: super::Hears = Says("WRONG_STATUS");

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    // The columns:                                                        handler, colleague, team admin, analyst, owner, super admin, foreign owner
    ("viewer", Account, Query("{ viewer { role } }"),                                          [Y, Y, Y, Y, Y, Y, Y]),
    ("account", Account, Query("{ account { id } }"),                                          [Y, Y, Y, Y, Y, Y, Y]),

    // Sessions: who may see one is the table of who sees what.
    ("session", Active, Query("{ session(id: $session) { id } }"),                             [Y, N, Y, Y, Y, Y, N]),
    ("sessions", Active, Query("{ sessions { totalCount } }"),                                 [Y, Y, Y, Y, Y, Y, Y]),
    ("escalationQueue", Escalated, Query("{ escalationQueue { totalCount } }"),                [Y, Y, Y, Y, Y, Y, Y]),
    ("sessionEvents", Active, Follow("subscription { sessionEvents(sessionId: $session) { type } }"),
                                                                                               [Y, N, Y, Y, Y, Y, N]),
    ("sessionUpdated", Active, Follow("subscription { sessionUpdated(id: $session) { id } }"), [Y, N, Y, Y, Y, Y, N]),
    ("escalationQueueUpdated", Account, Watch("subscription { escalationQueueUpdated { id } }"),
                                                                                               [Y, Y, Y, Y, Y, Y, Y]),

    // Start and handle sessions: within one its handler, who escalated it, or its opener (11.3).
    ("startSession", Account, Command(|_| json!({ "text": RIDDLE })),                          [Y, Y, Y, F, Y, F, Y]),
    ("answerStep", Active, Command(|it| it.on_session(json!({ "stepId": it.step["id"], "answer": { "skip": true } }))),
                                                                                               [Y, N, E, F, E, F, N]),
    ("retryStep", Active, Command(|it| it.on_session(json!({}))),                              [WRONG_STATUS, N, E, F, E, F, N]),
    ("pauseSession", Active, Command(|it| it.on_session(json!({}))),                           [Y, N, E, F, E, F, N]),
    ("resumeSession", Paused, Command(|it| it.on_session(json!({}))),                          [Y, N, E, F, E, F, N]),
    ("resolveSession", Active, Command(|it| it.on_session(json!({ "summary": "It was the pump." }))),
                                                                                               [Y, N, E, F, E, F, N]),
    ("abandonSession", Active, Command(|it| it.on_session(json!({}))),                         [Y, N, E, F, E, F, N]),
    ("escalateSession", Active, Command(|it| it.on_session(json!({ "reason": "Pumps are beyond me." }))),
                                                                                               [Y, N, E, F, E, F, N]),
    ("recallEscalation", Escalated, Command(|it| it.on_session(json!({}))),                    [Y, E, E, F, E, F, N]),
    ("handOffSession", Escalated, Command(|it| it.on_session(json!({ "to": "The vendor." }))), [Y, E, E, F, E, F, N]),
    ("pickUpSession", Escalated, Command(|it| it.on_session(json!({}))),                       [E, Y, Y, F, E, F, N]),
    ("reopenSession", Closed, Command(|it| it.on_session(json!({ "reason": "It hums again." }))),
                                                                                               [Y, N, E, F, E, F, N]),
    ("rateSession", Closed, Command(|it| it.on_session(json!({ "rating": 4 }))),               [Y, N, E, F, E, F, N]),
    // Whoever sees it may write a note; whoever answers for it may mask a secret.
    ("addNote", Active, Command(|it| it.on_session(json!({ "text": "It hums in B flat." }))),  [Y, N, Y, Y, Y, Y, N]),
    ("redactSession", Active, Command(|it| it.on_session(json!({ "text": "aquarium", "reason": "A secret." }))),
                                                                                               [Y, N, Y, E, Y, Y, N]),
    ("linkTicket", Active, Command(|it| it.on_session(json!({ "psaConnectionId": NOBODY, "ticketId": "1" }))),
                                                                    [Says("UNKNOWN_CONNECTION"), N, E, F, E, F, N]),

    // Flows, proposals and templates are read by all; drafts are made by those who handle sessions, the rest by their admins.
    ("flow", Account, Query("{ flow(id: $flow) { id } }"),                                     [Y, Y, Y, Y, Y, Y, N]),
    ("flows", Account, Query("{ flows { totalCount } }"),                                      [Y, Y, Y, Y, Y, Y, Y]),
    ("matchFlows", Account, Query("{ matchFlows(text: \"locked out\") { score } }"),           [Y, Y, Y, Y, Y, Y, Y]),
    ("createFlow", Account, Command(|_| flow()),                                               [Y, Y, Y, F, Y, F, Y]),
    ("saveFlowDraft", DraftFlow, Command(|it| json!({ "flowId": it.flow, "name": new_key() })),
                                                                                               [Y, Y, Y, F, Y, F, N]),
    ("publishFlow", DraftFlow, Command(|it| json!({ "flowId": it.flow })),                     [F, F, Y, F, Y, F, N]),
    ("retireFlow", PublishedFlow, Command(|it| json!({ "flowId": it.flow })),                  [F, F, Y, F, Y, F, N]),
    ("proposals", Account, Query("{ proposals { totalCount } }"),                              [Y, Y, Y, Y, Y, Y, Y]),
    ("proposal", Account, Query("{ proposal(id: \"00000000-0000-0000-0000-000000000000\") { id } }"), [N, N, N, N, N, N, N]),
    ("reviewQueueUpdated", Account, Watch("subscription { reviewQueueUpdated { id } }"),        [Y, Y, Y, Y, Y, Y, Y]),
    ("retryAnalysis", Closed, Command(|it| it.on_session(json!({}))),                          [F, F, WRONG_STATUS, F, WRONG_STATUS, F, N]),
    ("proposalStats", Account, Query("{ proposalStats { __typename } }"),                      [Y, Y, Y, Y, Y, Y, Y]),
    ("approveProposal", Account, Command(|_| json!({ "proposalId": NOBODY })),                 [F, F, N, F, N, F, N]),
    ("rejectProposal", Account, Command(|_| json!({ "proposalId": NOBODY })),                  [F, F, N, F, N, F, N]),
    ("dismissProposal", Account, Command(|_| json!({ "proposalId": NOBODY })),                 [F, F, N, F, N, F, N]),
    ("modifyProposal", Account, Command(|_| json!({ "proposalId": NOBODY, "nodes": flow()["nodes"] })),
                                                                                               [F, F, N, F, N, F, N]),
    ("scriptTemplate", Account, Query("{ scriptTemplate(id: $template) { id } }"),             [Y, Y, Y, Y, Y, Y, N]),
    ("scriptTemplates", Account, Query("{ scriptTemplates { totalCount } }"),                  [Y, Y, Y, Y, Y, Y, Y]),
    ("publishScriptTemplate", Account, Command(|_| template(None)),                            [F, F, E, F, Y, Y, Y]),
    ("publishScriptTemplate", Account, Command(|it| template(Some(&it.team))),
                                                                        [F, F, Y, F, Y, E, Says("INVALID_INPUT")]),
    ("deactivateScriptTemplate", Template, Command(|it| json!({ "templateId": it.template })), [F, F, E, F, Y, Y, N]),
    ("deactivateScriptTemplate", TeamTemplate, Command(|it| json!({ "templateId": it.template })),
                                                                                               [F, F, Y, F, Y, E, N]),
    ("generateScript", Template, Command(|it| json!({ "templateId": it.template, "arguments": [{ "key": "what", "value": "x" }] })),
                                                                        [Y, Y, Y, F, Y, F, Says("UNKNOWN_TEMPLATE")]),

    // What the work came to.
    ("usage", Account, Query("{ usage { assistantCalls } }"),                                  [F, F, Y, Y, Y, Y, Y]),
    ("dashboard", Account, Query("{ dashboard { totalSessions } }"),                           [F, F, Y, Y, Y, Y, Y]),
    ("mttrTrend", Account, Query("{ mttrTrend { n } }"),                                       [F, F, Y, Y, Y, Y, Y]),
    ("knowledgeGaps", Account, Query("{ knowledgeGaps { generatedAt } }"),                     [F, F, Y, Y, Y, Y, Y]),
    ("events", Account, Query("{ events { nodes { position } } }"),                            [F, F, Y, Y, Y, Y, Y]),

    // The account, its people, and what is personal.
    ("configureAccount", Account, Command(|_| json!({ "name": "Northwind" })),                 [F, F, F, F, Y, Y, Y]),
    ("createTeam", Account, Command(|_| json!({ "name": new_key() })),                         [F, F, F, F, Y, Y, Y]),
    ("configureTeam", Account, Command(|it| json!({ "teamId": it.team, "context": "Hosts begin with NW." })),
                                                                                               [F, F, Y, F, Y, F, N]),
    ("addMember", Account, Command(|_| json!({ "displayName": "Nora", "email": format!("{}@nora.example", new_key()), "role": "ENGINEER" })),
                                                                                               [F, F, F, F, Y, Y, Y]),
    ("changeMemberRole", Member, Command(|it| json!({ "userId": it.member, "role": "ANALYST" })),
                                                                                               [F, F, F, F, Y, Y, N]),
    ("removeMember", Member, Command(|it| json!({ "userId": it.member })),                     [F, F, F, F, Y, Y, N]),
    ("eraseSubject", Closed, Command(|it| json!({ "sessionId": it.session, "reason": "They asked for it." })),
                                                                                               [F, F, F, F, Y, Y, N]),

    // The machinery. Two accounts share this installation, so its owners may not touch it.
    ("projections", Account, Query("{ projections { name } }"),                                [F, F, F, Y, Y, Y, Y]),
    ("quarantine", Account, Query("{ quarantine { nodes { id } } }"),                          [F, F, F, Y, Y, Y, Y]),
    ("projectionUpdated", Account, Watch("subscription { projectionUpdated { name } }"),       [F, F, F, Y, Y, Y, Y]),
    ("rebuildProjection", Account, Command(|_| json!({ "name": "usage", "dryRun": true })),    [F, F, F, F, F, Y, F]),
    ("cancelRebuild", Account, Command(|_| json!({ "name": "usage" })),                        [F, F, F, F, F, WRONG_STATUS, F]),
    ("rollbackProjection", Account, Command(|_| json!({ "name": "usage" })),                   [F, F, F, F, F, WRONG_STATUS, F]),
    ("pauseProjection", Account, Command(|_| json!({ "name": "usage" })),                      [F, F, F, F, F, Y, F]),
    ("resumeProjection", Account, Command(|_| json!({ "name": "usage" })),                     [F, F, F, F, F, Y, F]),
    ("retryQuarantined", Account, Command(|_| json!({ "id": NOBODY })),                        [F, F, F, F, F, N, F]),
    ("skipQuarantined", Account, Command(|_| json!({ "id": NOBODY, "reason": "It is faulty." })),
                                                                                               [F, F, F, F, F, N, F]),
];
