//! A provider: calls its endpoint, repeats what may pass soon, finds out in which form it answers, and records every call.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use domain::assistant::port::{
    Assistant, AssistantError, CallRecord, Failure, Generated, Generating, ModelName, Size,
};
use domain::assistant::prompt::{Part, Prompt, PromptHash};
use domain::session::step::Tokens;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::dialect::{Dialect, Said};
use super::{Calling, Models, status};
use crate::http::{Again, Endpoint, Resting, Tries};

/// A provider that speaks a dialect.
pub struct Provider<D: Dialect> {
    endpoint: Endpoint,
    headers: HeaderMap,
    quick: Slot<D::Form>,
    deep: Slot<D::Form>,
    calling: Calling,
    dialect: PhantomData<D>,
}

/// A model, and what is known of the form in which it answers: of each by itself, because gateways put several servers behind
/// one address.
struct Slot<F> {
    model: String,
    form: Mutex<Form<F>>,
}

#[derive(Clone, Copy, Default)]
struct Form<F> {
    form: F,
    /// It has brought an answer.
    proven: bool,
}

/// What became of one call.
enum Outcome<F> {
    Answer(Said),
    /// The endpoint wants it otherwise: the form, and whether images may go along.
    Otherwise(F, bool),
    Fault(AssistantError),
}

impl<D: Dialect> Provider<D> {
    pub(super) fn new(endpoint: Endpoint, headers: HeaderMap, models: Models, calling: Calling) -> Self {
        let slot = |model| Slot { model, form: Mutex::default() };
        Self {
            endpoint,
            headers,
            quick: slot(models.quick),
            deep: slot(models.deep),
            calling,
            dialect: PhantomData,
        }
    }

    async fn call(&self, size: Size, prompt: &Prompt) -> Result<Generated, Failure> {
        let hash = prompt.hash();
        let slot = self.slot(size);
        let mut form = slot.form();
        let mut images = has_images(prompt);
        let mut tries = Tries::begin(self.calling.patience(size));
        let mut calls = Vec::new();
        loop {
            let permit = match self.endpoint.breaker().admit() {
                Ok(permit) => permit,
                Err(Resting(left)) => {
                    let error = AssistantError::Unavailable { why: "given a rest", after: Some(left) };
                    return Err(Failure { error, calls });
                }
            };
            let body = D::body(form.form, &slot.model, prompt, images).to_string().into_bytes();
            let sent = Instant::now();
            let reply = self.endpoint.post(&self.headers, body, tries.deadline()).await;
            let mut record = self.record(size, hash);
            record.latency = sent.elapsed();
            record.status = reply.as_ref().ok().map(|reply| reply.status.as_u16());
            let outcome = match reply {
                Err(fault) => Outcome::Fault(status::silence(fault)),
                Ok(reply) if reply.status.is_success() => {
                    match reply.value().and_then(|body| D::read(form.form, &body, prompt)) {
                        Some(said) => Outcome::Answer(said),
                        None => {
                            Outcome::Fault(AssistantError::Unavailable { why: "no such answer", after: None })
                        }
                    }
                }
                Ok(reply) => {
                    let said = status::said(&reply);
                    let error = status::meaning(&reply, &said);
                    refusal::<D>(form, images, reply.status.as_u16(), &said.message, error)
                }
            };
            match &outcome {
                Outcome::Fault(AssistantError::Unavailable { .. } | AssistantError::Timeout) => {
                    permit.failed();
                }
                _ => permit.answered(),
            }
            let error = match outcome {
                Outcome::Answer(said) => {
                    record.tokens = said.tokens;
                    record.cache_written = said.cache_written;
                    record.estimated = said.estimated;
                    match said.answer {
                        Ok(json) => {
                            slot.set(Form { form: form.form, proven: true });
                            calls.push(record);
                            return Ok(Generated { json, model: self.model(size), prompt: hash, calls });
                        }
                        Err(error) => {
                            if let (false, AssistantError::Invalid { .. }) = (form.proven, &error)
                                && let Some(next) = D::ignored(form.form)
                            {
                                slot.set(Form { form: next, proven: false });
                            }
                            error
                        }
                    }
                }
                Outcome::Otherwise(next, with_images) => {
                    (form, images) = (Form { form: next, proven: false }, with_images);
                    record.fault = Some("bad_request");
                    note(&record, "asked in another form");
                    calls.push(record);
                    continue;
                }
                Outcome::Fault(error) => error,
            };
            record.fault = Some(error.code());
            let pause = tries.pause(again(&error));
            note(&record, if pause.is_some() { "tried again" } else { "given up" });
            calls.push(record);
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(Failure { error, calls }),
            }
        }
    }

    fn slot(&self, size: Size) -> &Slot<D::Form> {
        match size {
            Size::Quick => &self.quick,
            Size::Deep => &self.deep,
        }
    }

    fn record(&self, size: Size, prompt: PromptHash) -> CallRecord {
        CallRecord {
            model: self.model(size),
            size,
            prompt,
            tokens: Tokens::default(),
            cache_written: 0,
            estimated: false,
            latency: std::time::Duration::ZERO,
            status: None,
            fault: None,
        }
    }
}

impl<D: Dialect> Assistant for Provider<D> {
    fn generate<'a>(&'a self, size: Size, prompt: &'a Prompt) -> Generating<'a> {
        Box::pin(self.call(size, prompt))
    }

    fn model(&self, size: Size) -> ModelName {
        ModelName { provider: D::PROVIDER, model: self.slot(size).model.clone() }
    }
}

/// An error answer may only mean that the request has to be put otherwise.
fn refusal<D: Dialect>(
    form: Form<D::Form>,
    images: bool,
    status: u16,
    message: &str,
    error: AssistantError,
) -> Outcome<D::Form> {
    let otherwise = matches!(error, AssistantError::BadRequest { .. } | AssistantError::Unavailable { .. });
    if !otherwise || !matches!(status, 400 | 422 | 500 | 501) {
        return Outcome::Fault(error);
    }
    if images && message.to_lowercase().contains("image") {
        return Outcome::Otherwise(form.form, false);
    }
    match D::refused(form.form, status, message, form.proven) {
        Some(next) => Outcome::Otherwise(next, images),
        None => Outcome::Fault(error),
    }
}

fn again(error: &AssistantError) -> Again {
    match error {
        AssistantError::Unavailable { after, .. } | AssistantError::RateLimited { after } => {
            after.map_or(Again::Soon, Again::After)
        }
        AssistantError::Timeout => Again::Soon,
        // A faulty answer is corrected by who asked, with the fault named.
        _ => Again::Never,
    }
}

fn has_images(prompt: &Prompt) -> bool {
    prompt.turns.iter().flat_map(|turn| &turn.parts).any(|part| matches!(part, Part::Image { .. }))
}

fn note(record: &CallRecord, then: &'static str) {
    tracing::warn!(
        assistant.provider = record.model.provider,
        assistant.model = record.model.model,
        assistant.prompt = %record.prompt,
        assistant.fault = record.fault,
        assistant.latency_ms = u64::try_from(record.latency.as_millis()).unwrap_or(u64::MAX),
        http.status = record.status,
        then,
        "a call to the assistant failed"
    );
}

impl<F: Copy> Slot<F> {
    fn form(&self) -> Form<F> {
        *self.form.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, form: Form<F>) {
        *self.form.lock().unwrap_or_else(PoisonError::into_inner) = form;
    }
}

impl<D: Dialect> fmt::Debug for Provider<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("provider", &D::PROVIDER)
            .field("quick", &self.quick.model)
            .field("deep", &self.deep.model)
            .finish_non_exhaustive()
    }
}
