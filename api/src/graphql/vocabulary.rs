//! The contract's enums, each beside the domain's own.

use async_graphql::Enum;

/// The areas of an MSP's work.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::problem::ProblemDomain")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ProblemDomain {
    ActiveDirectory,
    Networking,
    #[graphql(name = "M365")]
    M365,
    Hardware,
    Endpoint,
    Virtualization,
    Security,
    Backup,
    Email,
    Printing,
    Cloud,
    Other,
}

/// How urgent a problem is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::problem::Urgency")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Urgency {
    Low,
    Medium,
    High,
    Critical,
}

/// A member's role in its account.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::access::Role")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Engineer,
    TeamAdmin,
    Analyst,
    Owner,
    SuperAdmin,
}

/// How a problem came in.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::session::intake::IntakeType")]
#[expect(missing_docs, reason = "the names say it")]
pub enum IntakeType {
    FreeText,
    PsaTicket,
    Screenshot,
    LogPaste,
    Combined,
}

/// Where a session stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::session::status::SessionStatus")]
pub enum SessionStatus {
    /// Being worked on.
    Active,
    /// Put aside by its handler.
    Paused,
    /// Someone else should pick it up.
    RequestingEscalation,
    /// Closed: solved.
    Resolved,
    /// Closed: handed off outside.
    Escalated,
    /// Closed: given up.
    Abandoned,
}

/// How sure the assistant is: GUIDED from 0.8 along a published flow, EXPLORING from 0.4, DISCOVERY below.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::session::status::ConfidenceTier")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ConfidenceTier {
    Guided,
    Exploring,
    Discovery,
}

/// What kind of step it is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::session::step::StepKind")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StepKind {
    IntakeAnalysis,
    Question,
    Action,
    Verification,
    InfoRequest,
    ScriptGeneration,
    ResolutionSuggestion,
    Briefing,
    Note,
}

/// How far a ticket's context is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::session::view::TicketContextStatus")]
pub enum TicketContextStatus {
    /// No ticket was given.
    None,
    /// It is being fetched.
    Pending,
    /// It is there.
    Loaded,
    /// It could not be had; the session goes on without it.
    Unavailable,
}

/// How far the assistant is with the next step.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssistantState {
    /// Nothing is asked of it.
    Idle,
    /// It makes the next step: follow sessionUpdated.
    Thinking,
    /// No step came; retryStep asks again.
    Failed,
}

/// How the picker of an escalation goes on.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::session::event::PickUpMode")]
pub enum PickUpMode {
    /// Where the other left off.
    Continue,
    /// Anew, with context of their own.
    Fresh,
}

/// A tree of questions, or a straight chain of actions.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::flow::event::FlowKind")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlowKind {
    Troubleshooting,
    Procedure,
}

/// Where a flow comes from.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::flow::event::FlowOrigin")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlowOrigin {
    Manual,
    AiGenerated,
    AiEnhanced,
    Starter,
}

/// Whether a flow is offered.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::flow::FlowStatus")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlowStatus {
    Draft,
    Published,
    Retired,
}

/// What a node of a flow is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::flow::tree::FlowNodeType")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FlowNodeType {
    Question,
    Action,
    Solution,
}

/// What a proposal would do.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::proposal::status::ProposalKind")]
pub enum ProposalType {
    /// A flow for a problem that none fits.
    NewFlow,
    /// Changes of a flow in more than one place.
    Enhancement,
    /// One new branch of a flow.
    BranchAddition,
    /// Nothing: a path of a flow held.
    Reinforcement,
}

/// Where a proposal stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::proposal::status::ProposalStatus")]
pub enum ProposalStatus {
    /// It waits for a decision.
    Pending,
    /// Published as it was.
    Approved,
    /// Edited and published.
    Modified,
    /// It is bad.
    Rejected,
    /// Not now; it comes back when enough more sessions support it.
    Dismissed,
    /// Nothing to decide: a path held.
    AutoReinforced,
    /// Its target has moved on: it can be modified, rejected or dismissed; where the target was retired, rejected or dismissed.
    Stale,
    /// No session supports it any more.
    Withdrawn,
}

/// The order of a list of proposals.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "projections::proposals::queries::ProposalOrder")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ProposalOrder {
    Newest,
    HighestConfidence,
    MostSupport,
}

/// How the value of a script's parameter is read.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::script::ParameterType")]
pub enum ParameterType {
    /// Any text on one line.
    String,
    /// A whole number of up to 64 bits.
    Integer,
    /// true or false.
    Boolean,
    /// One of the options.
    Enum,
    /// A user principal name, `anna@contoso.com`.
    Upn,
    /// A computer's name, with or without its domain, or an IPv4 address.
    Hostname,
    /// A distinguished name of a directory, `OU=Staff,DC=contoso,DC=com`.
    DistinguishedName,
    /// An absolute path of Windows, without wildcards and devices.
    Path,
    /// A GUID.
    Guid,
    /// Asked for when the script runs; never given to FlowPilot.
    Secret,
}

/// How far a piece of background work is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AnalysisStatus {
    Pending,
    Completed,
    Failed,
    Deferred,
}

/// How much a gap matters.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::coverage::Severity")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// What kind of knowledge is missing.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::gaps::GapKind")]
pub enum GapType {
    /// A question that is often answered in free text instead of by an option.
    WeakOptions,
    /// A domain where more than four in ten closed sessions requested escalation.
    HighEscalation,
    /// A domain where sessions were resolved in DISCOVERY.
    UnchartedTerritory,
    /// Intakes that no flow fits and that are about the same.
    RepeatedPattern,
}

/// The order of a list of sessions.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "projections::sessions::queries::SessionOrder")]
#[expect(missing_docs, reason = "the names say it")]
pub enum SessionOrder {
    Newest,
    Oldest,
    RecentlyUpdated,
}

/// A span of local days that ends today, in the account's time zone.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Period {
    #[graphql(name = "LAST_7_DAYS")]
    Last7Days,
    #[graphql(name = "LAST_30_DAYS")]
    Last30Days,
    #[graphql(name = "LAST_90_DAYS")]
    Last90Days,
    #[graphql(name = "LAST_365_DAYS")]
    Last365Days,
}

impl Period {
    /// How many days it spans, today included.
    pub fn days(self) -> i64 {
        match self {
            Self::Last7Days => 7,
            Self::Last30Days => 30,
            Self::Last90Days => 90,
            Self::Last365Days => 365,
        }
    }
}
