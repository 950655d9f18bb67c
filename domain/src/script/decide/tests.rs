use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::*;
use crate::access::Role;
use crate::id::{AccountId, ScriptId, SessionId, UserId};
use crate::refusal::RefusalCode;
use crate::script::generation::Argument;
use crate::script::{Parameter, ParameterType};
use crate::stored_event::{Sealable, Subject};

const TEAM: TeamId = TeamId(Uuid::from_u128(7));

fn member(role: Role, teams: &[TeamId]) -> By {
    By::Member(Caller { user: UserId(Uuid::from_u128(1)), role, teams: teams.to_vec() })
}

fn content(team: Option<TeamId>, body: &str) -> TemplateContent {
    let parameter = |key: &str, kind| Parameter {
        key: key.into(),
        label: format!("The {key}"),
        kind,
        required: true,
        default: None,
        options: vec![],
        help: None,
    };
    TemplateContent {
        name: "Reset a password".into(),
        description: None,
        category: Some("Directory".into()),
        team,
        body: body.into(),
        parameters: vec![parameter("user", ParameterType::Upn), parameter("password", ParameterType::Secret)],
    }
}

fn usual(team: Option<TeamId>) -> TemplateContent {
    content(team, "Set-ADAccountPassword -Identity {{user}} -NewPassword {{password}}")
}

fn told(acts: impl IntoIterator<Item = ScriptTemplateAct>) -> (ScriptTemplate, Vec<ScriptTemplateEvent>) {
    let (mut template, mut events) = (ScriptTemplate::default(), Vec::new());
    for act in acts {
        let news = template.decide(ScriptTemplateCommand { by: By::System, act }).unwrap();
        news.iter().cloned().for_each(|event| template.apply(event));
        events.extend(news);
    }
    (template, events)
}

fn when(given: impl IntoIterator<Item = ScriptTemplateAct>, by: By, act: ScriptTemplateAct) -> Decision {
    TestFramework::<ScriptTemplate>::with(())
        .given(told(given).1)
        .when(ScriptTemplateCommand { by, act })
        .inspect_result()
}

fn code(outcome: Decision) -> RefusalCode {
    outcome.unwrap_err().code()
}

fn arguments() -> Vec<Argument> {
    vec![Argument { key: "user".into(), value: "anna@contoso.com".into() }]
}

#[test]
fn each_publication_is_a_version_and_the_same_again_is_none() {
    let publish = || ScriptTemplateAct::Publish(usual(None));
    let (template, _) = told([publish()]);
    assert_eq!((template.current().unwrap().version, template.is_active()), (1, true));
    let same = when([publish()], By::System, ScriptTemplateAct::PublishAgain(usual(None)));
    assert_eq!(same, Ok(vec![]));
    let mut renamed = usual(None);
    renamed.name = "Reset a user's password".into();
    let (template, _) = told([publish(), ScriptTemplateAct::PublishAgain(renamed)]);
    assert_eq!(template.current().unwrap().version, 2);
    assert_eq!(code(when([publish()], By::System, publish())), RefusalCode::WrongStatus);
    let unknown = when([], By::System, ScriptTemplateAct::PublishAgain(usual(None)));
    assert_eq!(code(unknown), RefusalCode::NotFound);
}

#[test]
fn a_deactivated_template_generates_nothing_until_it_is_published_again() {
    let until_deactivated = || [ScriptTemplateAct::Publish(usual(None)), ScriptTemplateAct::Deactivate];
    let (template, _) = told(until_deactivated());
    assert_eq!(template.generate(&arguments()).unwrap_err().code(), RefusalCode::WrongStatus);
    assert_eq!(when(until_deactivated(), By::System, ScriptTemplateAct::Deactivate), Ok(vec![]));
    let again = until_deactivated().into_iter().chain([ScriptTemplateAct::PublishAgain(usual(None))]);
    let (template, _) = told(again);
    assert_eq!((template.is_active(), template.current().unwrap().version), (true, 2));
    assert!(template.generate(&arguments()).is_ok());
}

#[test]
fn what_is_wrong_with_a_template_is_said() {
    let act = ScriptTemplateAct::Publish(content(None, "Set-ADUser \"{{user}}\" {{password}}"));
    let error = when([], By::System, act).unwrap_err();
    assert_eq!(error.code(), RefusalCode::InvalidInput);
    assert_eq!(
        error.to_string(),
        "The script, line 1: \"{{user}}\" must not stand in a string; it brings its own quotes."
    );
}

// Rule 11.2.
#[test]
fn the_account_s_templates_and_a_team_s_have_different_keepers() {
    use Role::*;
    let may = |role, teams: &[TeamId], of| {
        let published = when([], member(role, teams), ScriptTemplateAct::Publish(usual(of))).is_ok();
        let given = [ScriptTemplateAct::Publish(usual(of))];
        let deactivated = when(given, member(role, teams), ScriptTemplateAct::Deactivate).is_ok();
        assert_eq!(published, deactivated, "{role:?}");
        published
    };
    let of_account = [Engineer, TeamAdmin, Analyst, Owner, SuperAdmin].map(|role| may(role, &[TEAM], None));
    assert_eq!(of_account, [false, false, false, true, true]);
    let of_team =
        [Engineer, TeamAdmin, Analyst, Owner, SuperAdmin].map(|role| may(role, &[TEAM], Some(TEAM)));
    assert_eq!(of_team, [false, true, false, true, false]);
    assert!(!may(TeamAdmin, &[], Some(TEAM)) && may(Owner, &[], Some(TEAM)));
    // Taking the account's template into a team takes it from the account.
    let taken = ScriptTemplateAct::PublishAgain(usual(Some(TEAM)));
    let outcome = when([ScriptTemplateAct::Publish(usual(None))], member(TeamAdmin, &[TEAM]), taken);
    assert_eq!(code(outcome), RefusalCode::NotEntitled);
}

#[test]
fn a_generation_is_recorded_without_secrets_and_sealed_for_its_session_or_the_account() {
    let (template, _) = told([ScriptTemplateAct::Publish(usual(None))]);
    let generated = template.generate(&arguments()).unwrap();
    assert_eq!(
        generated.text(),
        "$FlowPilotSecret_password = Read-Host -AsSecureString -Prompt 'The password'\n\
         Set-ADAccountPassword -Identity 'anna@contoso.com' -NewPassword $FlowPilotSecret_password"
    );
    let (session, account) = (SessionId(Uuid::from_u128(2)), AccountId(Uuid::from_u128(3)));
    let record = |session| {
        ScriptTemplateAct::RecordGeneration(RecordGeneration {
            script: ScriptId(Uuid::from_u128(4)),
            generated: generated.clone(),
            session,
            step: None,
            account,
        })
    };
    let given = || [ScriptTemplateAct::Publish(usual(None))];
    for (session, subject) in
        [(Some(session), Subject::Session(session.0)), (None, Subject::Account(account.0))]
    {
        let events = when(given(), member(Role::Engineer, &[]), record(session)).unwrap();
        let [event @ ScriptTemplateEvent::Generated(noted)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(event.subject(Uuid::nil()), Some(subject));
        assert_eq!(noted.arguments.keys().collect::<Vec<_>>(), ["user"]);
    }
    let analyst = when(given(), member(Role::Analyst, &[]), record(None));
    assert_eq!(code(analyst), RefusalCode::NotEntitled);
    // It was generated before somebody deactivated the template.
    let late = given().into_iter().chain([ScriptTemplateAct::Deactivate]);
    assert!(when(late, member(Role::Owner, &[]), record(None)).is_ok());
}
