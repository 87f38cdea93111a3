//! Decisions that come at once: the history is whole, and the last one stands.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, World};

use super::{MANY, at_once, setup, statuses};

async fn put(app: &App, person: &Person, path: &str, body: Value) -> tests::Reply {
    person.call(app, Method::PUT, path, Some(body)).await
}

async fn sound(app: &App) -> World {
    app.settle().await;
    let world = World::of(app).await;
    world.assert_sound();
    world.assert_audited();
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_at_once_are_one_after_the_other() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let path = "/v1/me/consents/product_improvement";
    // All the same: one of them is a decision, and the others say that it is made.
    let wish = json!({"granted": true, "version": 1});
    let replies = at_once(async |_| put(&app, &ada, path, wish.clone()).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, MANY)]));
    assert!(replies.iter().all(|reply| reply["decision"] == replies[0]["decision"]));
    assert_eq!(sound(&app).await.decisions(&ada.sub, "product_improvement").len(), 1);

    let wishes = [json!({"granted": false}), wish];
    let replies = at_once(async |n| put(&app, &ada, path, wishes[n % 2].clone()).await).await;
    let counts = statuses(&replies);
    assert!(counts.keys().all(|status| [200, 409].contains(status)) && counts[&200] >= 2, "{counts:?}");
    let world = sound(&app).await;
    let outcomes: Vec<_> = world
        .decisions(&ada.sub, "product_improvement")
        .iter()
        .map(|one| one["outcome"]["S"].as_str().unwrap())
        .collect();
    for (at, outcome) in outcomes.iter().enumerate() {
        assert_eq!(*outcome, ["granted", "withdrawn"][at % 2], "{outcomes:?}");
    }
    assert_eq!(world.stands(&ada.sub, "product_improvement"), outcomes.last().copied());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_confirms_once_and_a_mail_unsubscribes_once() {
    let app = App::with(setup().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let wish = json!({"granted": true, "version": 1});
    let replies = at_once(async |_| put(&app, &ada, "/v1/me/consents/newsletter", wish.clone()).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, MANY)]));
    assert_eq!(sound(&app).await.queued("consent_opt_in"), 1);

    let token = app.token_of("/consents/confirm", &ada.email).await;
    let replies = at_once(async |_| app.form("/consents/confirm", &[("token", token.as_str())]).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 1), (410, MANY - 1)]));
    let world = sound(&app).await;
    assert_eq!(
        (world.stands(&ada.sub, "newsletter"), world.decisions(&ada.sub, "newsletter").len()),
        (Some("granted"), 2)
    );

    let service = app.operator("consents:check").await;
    let asked = format!("/v1/consents/check?customer={}&purpose=newsletter", ada.sub);
    let url = service.get(&app, &asked).await.expect(200)["unsubscribe"]["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&app.system.gateway_url()).unwrap();
    let replies = at_once(async |_| app.form(path, &[("List-Unsubscribe", "One-Click")]).await).await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, MANY)]));
    let world = sound(&app).await;
    assert_eq!(
        (world.stands(&ada.sub, "newsletter"), world.decisions(&ada.sub, "newsletter").len()),
        (Some("withdrawn"), 3)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_next_versions_one_is_written_and_of_sixteen_preferences_one_is_kept() {
    let app = App::with(setup().operated()).await;
    let ada = app.customer("ada@example.com").await;
    let admin = app.operator("admin:purposes").await;
    let filed = admin.get(&app, "/v1/admin/purposes").await.expect(200);
    let mut next = filed["purposes"][0].clone();
    next["version"] = json!(2);
    let path = format!("/v1/admin/purposes/{}", next["key"].as_str().unwrap());
    let replies = at_once(async |n| {
        let mut next = next.clone();
        next["retention"] = json!(format!("P{}D", n + 1));
        admin.call(&app, Method::PUT, &path, Some(next)).await
    })
    .await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 1), (409, MANY - 1)]));
    assert_eq!(admin.get(&app, &path).await.expect(200)["versions"].as_array().unwrap().len(), 2);

    let replies = at_once(async |n| {
        let channels = json!({"email": n % 2 == 0, "sms": n % 4 < 2, "push": n % 8 < 4});
        let frequency = ["immediately", "daily"][n / 8];
        let body = json!({"channels": channels, "topics": [], "frequency": frequency, "language": "de", "version": 0});
        put(&app, &ada, "/v1/me/preferences", body).await
    })
    .await;
    assert_eq!(statuses(&replies), BTreeMap::from([(200, 1), (409, MANY - 1)]));
    assert_eq!(ada.get(&app, "/v1/me/preferences").await.expect(200)["version"], 1);
    sound(&app).await;
}
