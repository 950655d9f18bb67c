//! Script templates as they are read: whose they are, how often they are used, and every version for ever.

use domain::access::{By, Caller};
use domain::id::{AccountId, ScriptId, TeamId, TemplateId};
use domain::script::command::{RecordGeneration, ScriptTemplateAct, ScriptTemplateCommand};
use domain::script::generation::generate;
use domain::script::template::TemplateContent;
use domain::script::{ScriptTemplate, TemplateVersion};
use projections::script_templates::queries::{self, TemplateRow};

use crate::by_hand::ByHand;
use crate::msp::{ADMIN, ANNA, CLEO, Msp};
use crate::world::{World, new_id};

pub(crate) fn content(name: &str, team: Option<TeamId>) -> TemplateContent {
    TemplateContent {
        name: name.into(),
        description: None,
        category: Some("Printing".into()),
        team,
        body: "Get-Printer".into(),
        parameters: vec![],
    }
}

pub(crate) async fn tell(world: &World, msp: &Msp, id: TemplateId, act: ScriptTemplateAct) {
    let by = By::Member(msp.people[0].clone());
    let command = ScriptTemplateCommand { by, act };
    world.tell::<ScriptTemplate>(msp.account, id.0, command).await.unwrap();
}

pub(crate) fn generation(account: AccountId, content: TemplateContent) -> ScriptTemplateAct {
    let generated = generate(&TemplateVersion { version: 1, content }, &[]).unwrap();
    let script = ScriptId(new_id());
    ScriptTemplateAct::RecordGeneration(RecordGeneration {
        script,
        generated,
        session: None,
        step: None,
        account,
    })
}

fn names(rows: &[TemplateRow]) -> Vec<&str> {
    rows.iter().map(|row| row.shown.content.name.as_str()).collect()
}

#[tokio::test]
async fn templates_are_shown_to_their_team_offered_by_use_and_kept_in_every_version() {
    let world = World::new().await;
    let (msp, rival) = (Msp::open(&world, "Europe/Berlin").await, Msp::open(&world, "Europe/Berlin").await);
    let [first, second] = msp.teams;
    let ids: Vec<_> = (0..4).map(|_| TemplateId(new_id())).collect();
    let of = [("Account", None), ("First", Some(first)), ("Second", Some(second)), ("Gone", None)];
    for (id, (name, team)) in ids.iter().zip(of) {
        tell(&world, &msp, *id, ScriptTemplateAct::Publish(content(name, team))).await;
    }
    tell(&world, &msp, ids[1], generation(msp.account, content("First", Some(first)))).await;
    tell(&world, &msp, ids[0], ScriptTemplateAct::PublishAgain(content("An account's", None))).await;
    tell(&world, &msp, ids[3], ScriptTemplateAct::Deactivate).await;
    let mut live = ByHand::new();
    live.fold(&world).await;

    let page = async |who: &Caller, active_only, after, limit| {
        queries::page(&world.pool, msp.account, who, active_only, after, limit).await.unwrap()
    };
    let (anna, cleo, admin) = (&msp.people[ANNA], &msp.people[CLEO], &msp.people[ADMIN]);
    assert_eq!(names(&page(anna, true, None, 10).await), ["An account's", "First"]);
    assert_eq!(names(&page(cleo, true, None, 10).await), ["An account's", "Second"]);
    assert_eq!(names(&page(admin, false, None, 10).await), ["An account's", "First", "Gone", "Second"]);
    assert_eq!(names(&page(admin, true, Some(("First".into(), ids[1])), 10).await), ["Second"]);
    assert_eq!(queries::count(&world.pool, msp.account, anna, true).await.unwrap(), 2);
    assert_eq!(queries::count(&world.pool, rival.account, admin, false).await.unwrap(), 0);

    let one = async |account, who: &Caller, id, version| {
        queries::one(&world.pool, account, who, id, version).await.unwrap()
    };
    let newest = one(msp.account, anna, ids[0], None).await.unwrap();
    assert_eq!((newest.shown.version, newest.active, newest.uses), (2, true, 0));
    let old = one(msp.account, anna, ids[0], Some(1)).await.unwrap();
    assert_eq!((old.shown.version, old.shown.content.name.as_str()), (1, "Account"));
    assert_eq!(one(msp.account, anna, ids[0], Some(3)).await, None);
    assert_eq!(one(msp.account, cleo, ids[1], None).await, None, "another team's");
    assert_eq!(one(rival.account, admin, ids[0], None).await, None, "another account's");
    assert!(!one(msp.account, anna, ids[3], None).await.unwrap().active);
    let wanted = [(ids[1], Some(1)), (ids[1], Some(9)), (TemplateId(new_id()), None)];
    assert_eq!(names(&queries::many(&world.pool, msp.account, &wanted).await.unwrap()), ["First"]);
    assert_eq!(queries::many(&world.pool, rival.account, &wanted).await.unwrap(), []);

    // Rule 4.5: the account's and the session's team's, by use.
    let offered = async |team, limit| queries::offered(&world.pool, msp.account, team, limit).await.unwrap();
    let for_first = offered(Some(first), 20).await;
    assert_eq!((names(&for_first), for_first[0].uses), (vec!["First", "An account's"], 1));
    assert_eq!(names(&offered(None, 20).await), ["An account's"]);
    assert_eq!(names(&offered(Some(first), 1).await), ["First"]);

    tell(&world, &msp, ids[3], ScriptTemplateAct::PublishAgain(content("Gone", None))).await;
    live.fold(&world).await;
    assert!(one(msp.account, anna, ids[3], None).await.unwrap().active);
}
