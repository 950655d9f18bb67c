//! Who sees a session (rule 11.4).

use domain::access::Caller;
use domain::session::command::SessionAct;
use domain::session::status::SessionStatus;

use crate::people::{
    admin, analyst, by, escalation, everybody, mate, opener, owner, request, stranger, super_admin, target,
    third,
};
use crate::story::{Story, picked_up, resolve};

fn seen_by(story: &Story) -> Vec<Caller> {
    let session = story.session();
    everybody().into_iter().filter(|caller| session.visible_to(caller)).collect()
}

#[test]
fn a_session_is_seen_by_its_opener_and_by_the_roles_that_read_everything() {
    let expected = [opener(), admin(), analyst(), owner(), super_admin()];
    assert_eq!(seen_by(&Story::started()), expected);
    assert_eq!(seen_by(&Story::at(SessionStatus::Resolved)), expected);
    assert_eq!(seen_by(&Story::untold()), []);
}

#[test]
fn while_it_waits_it_is_seen_by_those_who_may_pick_it_up() {
    let team = [opener(), mate(), third(), admin(), analyst(), owner(), super_admin()];
    assert_eq!(seen_by(&Story::at(SessionStatus::RequestingEscalation)), team);
    let named = SessionAct::Escalate {
        escalation: escalation(1),
        reason: "Out of ideas".into(),
        target: Some(target(&stranger())),
        redactions: vec![],
    };
    let story = Story::started().and(by(opener()), named);
    let expected = [opener(), stranger(), admin(), analyst(), owner(), super_admin()];
    assert_eq!(seen_by(&story), expected);
    // The target goes on seeing what it was asked for.
    let recalled = story.and(by(opener()), SessionAct::RecallEscalation { request: request(9) });
    assert_eq!(seen_by(&recalled), expected);
}

#[test]
fn handlers_past_and_present_see_it_and_who_lost_the_race_does_not() {
    let expected = [opener(), mate(), admin(), analyst(), owner(), super_admin()];
    assert_eq!(seen_by(&picked_up()), expected);
    assert_eq!(seen_by(&picked_up().and(by(mate()), resolve())), expected);
}
