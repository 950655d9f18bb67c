//! One session from its intake to its end: the domain decides, the playbook guides, chance answers.

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use domain::access::{By, Caller};
use domain::assistant::playbook;
use domain::id::{CommandId, EscalationId, RequestId, SessionId, StepId};
use domain::metadata::Actor;
use domain::session::Session;
use domain::session::analysis::{briefing, intake_analysis};
use domain::session::answer::{ActionResult, GivenAnswer};
use domain::session::command::{
    AnswerStep, DraftStep, PickUp, Resolve, SessionAct, SessionCommand, Start, StepText,
};
use domain::session::event::{FlowMatched, IntakeClassified, PickUpMode};
use domain::session::intake::{Intake, IntakeType};
use domain::session::status::SessionStatus;
use domain::session::step::{MadeBy, StepContent, Tokens};
use domain::session::view::SessionView;
use domain::stored_event::Subject;
use event_store::bulk::Sealed;
use event_store::{CommandContext, EventStore, PreparedKey};

use super::chance::Chance;
use super::intakes;
use super::msp::Msp;

const SECOND: TimeDelta = TimeDelta::seconds(1);

/// How a session goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The suggestion helps.
    Resolved,
    /// Answers leave the flow; in the end it is solved.
    Diverged,
    /// Somebody else has to take it.
    Escalated,
    /// Nobody goes on with it.
    Abandoned,
    /// The problem comes back.
    Reopened,
}

/// A session under way.
pub(super) struct Course<'a> {
    store: &'a EventStore,
    msp: &'a Msp,
    chance: &'a mut Chance,
    id: SessionId,
    key: PreparedKey,
    session: Session,
    view: Option<SessionView>,
    version: u64,
    matched: Option<FlowMatched>,
    now: DateTime<Utc>,
    told: Vec<(DateTime<Utc>, Sealed)>,
}

impl<'a> Course<'a> {
    /// Plays a session; gives its commands in order.
    pub(super) async fn run(
        store: &'a EventStore,
        msp: &'a Msp,
        chance: &'a mut Chance,
        start: DateTime<Utc>,
    ) -> anyhow::Result<Vec<(DateTime<Utc>, Sealed)>> {
        let id = SessionId(chance.id(start));
        let opener = chance.one(&msp.engineers).clone();
        let mut course = Self {
            store,
            msp,
            chance,
            id,
            key: store.fresh_subject(msp.account, Subject::Session(id.0)),
            session: Session::default(),
            view: None,
            version: 0,
            matched: None,
            now: start,
            told: Vec::new(),
        };
        course.play(&opener).await?;
        Ok(course.told)
    }

    async fn play(&mut self, opener: &Caller) -> anyhow::Result<()> {
        let ending = match self.chance.below(100) {
            0..60 => Ending::Resolved,
            60..75 => Ending::Diverged,
            75..85 => Ending::Escalated,
            85..93 => Ending::Abandoned,
            _ => Ending::Reopened,
        };
        let novel = self.chance.percent(10);
        let intake = Intake {
            kind: IntakeType::FreeText,
            text: Some(intakes::intake(self.chance, novel).into()),
            log: None,
            attachments: Vec::new(),
            ticket: None,
            redactions: Vec::new(),
        };
        let (request, step_limit) = (self.request(), self.msp.step_limit);
        self.ask(opener, SessionAct::Start(Start { team: None, intake, step_limit, request })).await?;
        match ending {
            Ending::Resolved | Ending::Reopened => self.diagnose(opener, 30, false).await?,
            Ending::Diverged => self.diagnose(opener, 30, true).await?,
            Ending::Escalated | Ending::Abandoned => {
                let answers = 1 + self.chance.below(4);
                self.diagnose(opener, answers, false).await?;
            }
        }
        let handler = match ending {
            Ending::Escalated => match self.escalate(opener).await? {
                Some(handler) => handler,
                None => return Ok(()),
            },
            _ => opener.clone(),
        };
        if ending == Ending::Abandoned {
            self.wait(TimeDelta::hours(1), 72 * 3600);
            return self.ask(&handler, SessionAct::Abandon).await;
        }
        self.resolve(&handler).await?;
        if ending == Ending::Reopened {
            self.wait(TimeDelta::hours(4), 3 * 86_400);
            let request = self.request();
            self.ask(
                &handler,
                SessionAct::Reopen { reason: "It came back.".into(), request, redactions: vec![] },
            )
            .await?;
            self.diagnose(&handler, 6, true).await?;
            self.resolve(&handler).await?;
        }
        if self.chance.percent(50) {
            self.wait(TimeDelta::minutes(5), 7200);
            let rating = if self.chance.percent(75) { 5 } else { 3 };
            self.ask(&handler, SessionAct::Rate { rating, feedback: None, redactions: vec![] }).await?;
        }
        Ok(())
    }

    /// Answers at most so many steps, until a suggestion helped or none comes any more.
    async fn diagnose(&mut self, handler: &Caller, answers: u64, wilful: bool) -> anyhow::Result<()> {
        for _ in 0..answers {
            let Some(step) = self.view.as_ref().and_then(SessionView::current_step) else { return Ok(()) };
            let (step, content) = (step.id, step.to_step().content);
            self.wait(TimeDelta::seconds(20), 240);
            if self.chance.percent(5) {
                let note = StepId(self.chance.id(self.now));
                let text = intakes::own_words(self.chance).into();
                let act = SessionAct::AddNote { step: note, text, redactions: Vec::new() };
                self.ask(handler, act).await?;
            }
            if self.chance.percent(3) {
                self.ask(handler, SessionAct::Pause).await?;
                self.wait(TimeDelta::minutes(10), 7200);
                let request = self.request();
                self.ask(handler, SessionAct::Resume { request }).await?;
            }
            let answer = self.answer(&content, wilful);
            let next_request = self.request();
            let answered = AnswerStep { step, answer, redactions: Vec::new(), next_request };
            self.ask(handler, SessionAct::AnswerStep(answered)).await?;
        }
        Ok(())
    }

    fn answer(&mut self, content: &StepContent, wilful: bool) -> GivenAnswer {
        let chance = &mut *self.chance;
        let result = |succeeded, details: Option<&str>| {
            GivenAnswer::ActionResult(ActionResult {
                succeeded,
                details: details.map(Into::into),
                next_hint: None,
            })
        };
        match content {
            StepContent::Question { options, allow_free_text, allow_skip, .. } => {
                if *allow_free_text && wilful && chance.percent(25) {
                    return GivenAnswer::FreeText(intakes::own_words(chance).to_owned());
                }
                if *allow_skip && wilful && chance.percent(10) {
                    return GivenAnswer::Skip;
                }
                let likeliest = chance.percent(55);
                let option = if likeliest { options.first() } else { Some(chance.one(options)) };
                option.map_or(GivenAnswer::Skip, |option| GivenAnswer::Option(option.value.to_string()))
            }
            StepContent::ResolutionSuggestion { .. } => {
                result(chance.percent(if wilful { 50 } else { 85 }), None)
            }
            _ => {
                let details = chance.percent(40).then(|| intakes::own_words(chance));
                result(chance.percent(if wilful { 40 } else { 70 }), details)
            }
        }
    }

    /// Somebody else takes it and goes on, or it leaves the house: then there is nobody.
    async fn escalate(&mut self, handler: &Caller) -> anyhow::Result<Option<Caller>> {
        self.wait(TimeDelta::seconds(30), 600);
        let escalation = EscalationId(self.chance.id(self.now));
        let reason = "This needs somebody who knows the customer's servers.".into();
        self.ask(handler, SessionAct::Escalate { escalation, reason, target: None, redactions: vec![] })
            .await?;
        self.wait(TimeDelta::minutes(2), 7200);
        if self.chance.percent(30) {
            self.ask(handler, SessionAct::HandOff { to: "The vendor's support".into(), redactions: vec![] })
                .await?;
            return Ok(None);
        }
        let others: Vec<Caller> =
            self.msp.engineers.iter().filter(|other| other.user != handler.user).cloned().collect();
        let taker = self.chance.one(&others).clone();
        let text = self.view.as_ref().map(briefing).unwrap_or_default().into();
        let briefing = StepText { step: StepId(self.chance.id(self.now)), text };
        let request = self.request();
        let pick_up =
            PickUp { mode: PickUpMode::Continue, context: None, briefing, request, redactions: vec![] };
        self.ask(&taker, SessionAct::PickUp(pick_up)).await?;
        self.diagnose(&taker, 10, false).await?;
        Ok(Some(taker))
    }

    async fn resolve(&mut self, handler: &Caller) -> anyhow::Result<()> {
        self.wait(TimeDelta::minutes(1), 900);
        let rating = self.chance.percent(30).then_some(4);
        let summary = intakes::resolution(self.chance).into();
        let resolve = Resolve { summary, action: None, rating, feedback: None, redactions: vec![] };
        self.ask(handler, SessionAct::Resolve(resolve)).await
    }

    /// A person asks; then FlowPilot does what that asked for.
    async fn ask(&mut self, who: &Caller, act: SessionAct) -> anyhow::Result<()> {
        self.tell(By::Member(who.clone()), Actor::User(who.user), act).await?;
        self.now += SECOND;
        self.guide().await
    }

    /// What the server does when a step is asked for: reads the intake once, then lets the playbook make the step.
    async fn guide(&mut self) -> anyhow::Result<()> {
        let pending = self.view.as_ref().filter(|view| view.status == SessionStatus::Active);
        let Some(request) = pending.and_then(SessionView::pending_request).map(|pending| pending.request)
        else {
            return Ok(());
        };
        if self.matched.is_none() {
            self.read_intake().await?;
        }
        let (Some(view), Some(matched)) = (&self.view, &self.matched) else { return Ok(()) };
        let content = view.intake.content.clone().unwrap_or_default();
        let (flow, close) = self.msp.guiding(matched);
        let next = playbook::next_move(&view.case(&content, flow, close));
        if let Some(chosen) = next.choose {
            let matched = FlowMatched { chosen: Some(chosen), ..matched.clone() };
            self.matched = Some(matched.clone());
            self.by_flowpilot(SessionAct::RecordMatch { matched, analysis: None }).await?;
        }
        let step = DraftStep {
            id: StepId::derived(request.0, "step"),
            content: next.step.content,
            confidence: next.step.confidence,
            flow_node: next.step.flow_node,
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
            reasoning: next.step.reasoning.map(Into::into),
        };
        self.by_flowpilot(SessionAct::PresentStep { request, step }).await
    }

    async fn read_intake(&mut self) -> anyhow::Result<()> {
        let Some(view) = &self.view else { return Ok(()) };
        let content = view.intake.content.clone().unwrap_or_default();
        let case = view.case(&content, None, Vec::new());
        let classification = playbook::classify(&case.intake, None);
        let text = content.text.unwrap_or_default();
        let matched = self.msp.find(&text, classification.domain);
        let analysis = intake_analysis(&classification, &matched);
        let classified = IntakeClassified {
            classification,
            fallback: false,
            made_by: MadeBy::Playbook,
            tokens: Tokens::default(),
        };
        self.by_flowpilot(SessionAct::RecordClassification(classified)).await?;
        let analysis = StepText { step: StepId::derived(self.id.0, "analysis"), text: analysis.into() };
        self.matched = Some(matched.clone());
        self.by_flowpilot(SessionAct::RecordMatch { matched, analysis: Some(analysis) }).await
    }

    async fn by_flowpilot(&mut self, act: SessionAct) -> anyhow::Result<()> {
        self.tell(By::System, Actor::Process("diagnose".to_owned()), act).await
    }

    async fn tell(&mut self, by: By, actor: Actor, act: SessionAct) -> anyhow::Result<()> {
        let sink = EventSink::default();
        self.session.handle(SessionCommand { by, act }, &(), &sink).await?;
        let events = sink.collect().await;
        if events.is_empty() {
            return Ok(());
        }
        let command = CommandId(self.chance.id(self.now));
        let context = CommandContext {
            keys: vec![self.key.clone()],
            ..CommandContext::new(self.msp.account, actor, command, [0; 32])
        };
        let sealing = self.store.seal::<Session>(self.id.0, self.version, &events, &context, self.now);
        let (sealed, recorded) = sealing.await?;
        self.version += events.len() as u64;
        for (event, decided) in recorded.iter().zip(&events) {
            match &mut self.view {
                None => self.view = SessionView::fold([event])?,
                Some(view) => view.apply(event, decided),
            }
        }
        self.told.push((self.now, sealed));
        Ok(())
    }

    fn wait(&mut self, least: TimeDelta, most_seconds: u32) {
        self.now += least.max(SECOND) + self.chance.seconds(0, most_seconds);
    }

    fn request(&mut self) -> RequestId {
        RequestId(self.chance.id(self.now))
    }
}
