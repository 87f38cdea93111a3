//! What customers change.

use reqwest::Method;
use serde_json::json;
use tests::{App, Person};

use super::{a_customer, a_session, assert_unchanged, sweep, sweep_last};

const NEW_PASSWORD: &str = "a new long sentence";

/// The last time that this person's session was seen is long ago, so that it is noted.
async fn seen_long_ago(app: &App, n: usize) -> Person {
    let person = a_session(app, n).await;
    app.advance(domain::SignedDuration::from_mins(6));
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_read() {
    let act = async |app: &App, person: &Person| person.get(app, "/v1/me").await;
    sweep("GET /v1/me", seen_long_ago, act, async |_, person, seen| {
        assert_eq!(seen.last().clone().expect(200)["email"], person.email.as_str());
        assert_eq!(seen.before.directory.len(), seen.after.directory.len());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profile_changed() {
    let prepare = async |app: &App, n: usize| (a_session(app, n).await, format!("Ada {n}"));
    let act = async |app: &App, (person, name): &(Person, String)| {
        let body = json!({"profile": {"given_name": name}, "locale": "fr"});
        person.call(app, Method::PATCH, "/v1/me", Some(body)).await
    };
    sweep("PATCH /v1/me", prepare, act, async |app, (person, name), seen| {
        seen.last().clone().expect(200);
        let me = person.get(app, "/v1/me").await.expect(200);
        assert_eq!((me["profile"].clone(), me["locale"].clone()), (json!({"given_name": name}), json!("fr")));
        let version = |world: &tests::World| world.of_customer(&person.sub, "PROFILE").unwrap()["version"]["N"].clone();
        let version = |world: &tests::World| version(world).as_str().unwrap().parse::<u32>().unwrap();
        let changed = version(&seen.after) - version(&seen.before);
        assert!(changed == 1, "{changed} changes");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_changed() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        let other = person.again(app).await;
        // So long ago that the current password is asked for.
        app.advance(domain::SignedDuration::from_mins(6));
        let fresh = app.refresh(&person.refresh).await.expect(200);
        app.advance(domain::SignedDuration::from_mins(5));
        (Person { access: fresh.str("access_token"), ..person }, other)
    };
    let act = async |app: &App, (person, _): &(Person, Person)| {
        let body = json!({"current_password": person.password, "new_password": NEW_PASSWORD});
        person.call(app, Method::PUT, "/v1/me/password", Some(body)).await
    };
    sweep("PUT /v1/me/password", prepare, act, async |app, (person, other), seen| {
        // After a lost answer the current password is the new one already.
        let is_refused = seen.again.is_some() && [401, 422].contains(&seen.last().status);
        assert!(seen.last().status == 204 || is_refused, "{}", seen.last().text);
        assert_eq!(seen.after.epoch(&person.sub), 2);
        assert_eq!(seen.after.live_sessions(&person.sub), 1);
        app.login(&person.email, &person.password).await.problem(401, "invalid-credentials");
        app.login(&person.email, NEW_PASSWORD).await.expect(200);
        person.get(app, "/v1/me").await.expect(200);
        other.get(app, "/v1/me").await.problem(401, "invalid-token");
        assert_eq!(seen.after.queued("password_changed") - seen.before.queued("password_changed"), 1);
    })
    .await;
}

/// A change of address.
struct Change {
    person: Person,
    new: String,
    transaction: String,
    code: String,
}

async fn changing(app: &App, n: usize) -> Change {
    let person = a_customer(app, n).await;
    let new = format!("new{n}@example.com");
    let reply = person.call(app, Method::PUT, "/v1/me/email", Some(json!({"email": new}))).await.expect(202);
    let code = app.code_to(&new).await;
    Change { person, new, transaction: reply.str("transaction"), code }
}

async fn undo_links(app: &App, address: &str) -> Vec<String> {
    let mails = app.mails().await;
    let links = mails.iter().filter(|mail| mail.to == address).filter_map(|mail| mail.link.clone());
    links.filter_map(|link| Some(link.split_once("/verify/undo?token=")?.1.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn email_change_started() {
    let prepare = async |app: &App, n: usize| (a_customer(app, n).await, format!("new{n}@example.com"));
    let act = async |app: &App, (person, new): &(Person, String)| {
        person.call(app, Method::PUT, "/v1/me/email", Some(json!({"email": new}))).await
    };
    sweep("PUT /v1/me/email", prepare, act, async |app, (person, new), seen| {
        let transaction = seen.last().clone().expect(202).str("transaction");
        let started = seen.after.one_time("email_change").len() - seen.before.one_time("email_change").len();
        assert!(started == 1 || started == 2 && seen.again.is_some(), "{started} changes");
        let mails: Vec<_> = app.mails().await.into_iter().filter(|mail| mail.to == *new).collect();
        assert_eq!(mails.len(), started);
        let mut statuses = Vec::new();
        for mail in mails {
            let body = json!({"transaction": transaction, "code": mail.code.unwrap()});
            statuses.push(app.post("/v1/verify", body).await.status);
        }
        assert!(statuses.contains(&200), "{statuses:?}");
        assert_eq!(person.get(app, "/v1/me").await.expect(200)["email"], new.as_str());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn email_changed() {
    let act = async |app: &App, of: &Change| {
        app.post("/v1/verify", json!({"transaction": of.transaction, "code": of.code})).await
    };
    sweep("POST /v1/verify", changing, act, async |app, of, seen| {
        let is_refused = seen.again.is_some() && seen.last().status == 410;
        assert!(seen.last().status == 200 || is_refused, "{}", seen.last().text);
        assert_eq!(of.person.get(app, "/v1/me").await.expect(200)["email"], of.new.as_str());
        app.login(&of.new, &of.person.password).await.expect(200);
        app.login(&of.person.email, &of.person.password).await.problem(401, "invalid-credentials");
        assert_eq!(undo_links(app, &of.person.email).await.len(), 1);
    })
    .await;
}

async fn changed(app: &App, n: usize) -> (Change, String) {
    let of = changing(app, n).await;
    app.post("/v1/verify", json!({"transaction": of.transaction, "code": of.code})).await.expect(200);
    let link = undo_links(app, &of.person.email).await.remove(0);
    (of, link)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn email_change_undone() {
    let act = async |app: &App, (_, link): &(Change, String)| {
        app.form("/verify/undo", &[("token", link.as_str()), ("password", NEW_PASSWORD)]).await
    };
    sweep("POST /verify/undo", changed, act, async |app, (of, _), seen| {
        let is_refused = seen.again.is_some() && seen.last().status == 410;
        assert!(seen.last().status == 200 || is_refused, "{}", seen.last().text);
        assert_eq!(seen.after.epoch(&of.person.sub), 2);
        of.person.get(app, "/v1/me").await.problem(401, "invalid-token");
        app.login(&of.new, NEW_PASSWORD).await.problem(401, "invalid-credentials");
        app.login(&of.person.email, &of.person.password).await.problem(401, "invalid-credentials");
        app.login(&of.person.email, NEW_PASSWORD).await.expect(200);
        assert_eq!(seen.after.queued("sessions_ended") - seen.before.queued("sessions_ended"), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_of_an_undo() {
    let act = async |app: &App, (_, link): &(Change, String)| app.get(&format!("/verify/undo?token={link}")).await;
    sweep_last("GET /verify/undo", changed, act, async |app, (_, link), seen| {
        seen.last().clone().expect(200);
        assert_unchanged(seen);
        app.form("/verify/undo", &[("token", link.as_str()), ("password", NEW_PASSWORD)]).await.expect(200);
    })
    .await;
}
