//! Seeing and ending sessions.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, claims};

use super::{Seen, a_session, assert_unchanged, gained, guest, sweep, sweep_last};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_listed() {
    let prepare = async |app: &App, n: usize| {
        let person = a_session(app, n).await;
        // So long ago that it is noted that the session was seen.
        app.advance(SignedDuration::from_mins(6));
        person
    };
    let act = async |app: &App, person: &Person| person.get(app, "/v1/me/sessions").await;
    sweep("GET /v1/me/sessions", prepare, act, async |_, person, seen| {
        assert_eq!(
            seen.last().clone().expect(200)["sessions"].as_array().unwrap().len(),
            seen.after.live_sessions(&person.sub)
        );
        assert_unchanged(seen);
    })
    .await;
}

async fn two_sessions(app: &App, n: usize) -> (Person, Person) {
    let person = a_session(app, n).await;
    let other = person.again(app).await;
    (person, other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_ended() {
    let act = async |app: &App, (person, other): &(Person, Person)| {
        let id = claims(&other.access)["sid"].as_str().unwrap().to_owned();
        person.call(app, Method::DELETE, &format!("/v1/me/sessions/{id}"), None).await
    };
    sweep("DELETE /v1/me/sessions/{id}", two_sessions, act, async |app, (person, other), seen| {
        seen.last().clone().expect(204);
        assert_eq!(gained(seen, person), -1);
        other.get(app, "/v1/me").await.problem(401, "invalid-token");
        person.get(app, "/v1/me").await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_session_ended() {
    let act = async |app: &App, (person, _): &(Person, Person)| {
        person.call(app, Method::DELETE, "/v1/me/sessions?keep=current", None).await
    };
    sweep("DELETE /v1/me/sessions", two_sessions, act, async |app, (person, other), seen| {
        seen.last().clone().expect(204);
        other.get(app, "/v1/me").await.problem(401, "invalid-token");
        person.get(app, "/v1/me").await.expect(200);
        app.refresh(&person.refresh).await.expect(200);
        let bumped = seen.after.epoch(&person.sub) - seen.before.epoch(&person.sub);
        assert!(bumped == 1 || bumped == 2 && seen.again.is_some(), "{bumped} epochs");
    })
    .await;
}

/// Whoever ends their own session can't send the request again: the token ended with it.
fn assert_done(seen: &Seen<Reply>) {
    assert!([204, 401].contains(&seen.last().status), "{}", seen.last().text);
    assert!(seen.last().status == 204 || seen.again.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_session_ended() {
    let act = async |app: &App, (person, _): &(Person, Person)| {
        person.call(app, Method::DELETE, "/v1/me/sessions", None).await
    };
    sweep("DELETE /v1/me/sessions", two_sessions, act, async |app, (person, other), seen| {
        assert_done(seen);
        assert_eq!(seen.after.live_sessions(&person.sub), 0);
        for ended in [person, other] {
            app.refresh(&ended.refresh).await.oauth(400, "invalid_grant");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logout() {
    let act = async |app: &App, (person, _): &(Person, Person)| {
        person.call(app, Method::POST, "/v1/logout", None::<Value>).await
    };
    sweep("POST /v1/logout", two_sessions, act, async |app, (person, other), seen| {
        assert_done(seen);
        assert_eq!(gained(seen, person), -1);
        other.get(app, "/v1/me").await.expect(200);
        app.refresh(&person.refresh).await.oauth(400, "invalid_grant");
    })
    .await;
}

/// Somebody who trusts a device: they in a session, its id, and its token.
async fn trusting(app: &App, n: usize) -> (Person, String, String) {
    let who = app.equipped(&guest(n), "totp").await;
    let transaction = who.person.half_way(app).await;
    let mut proof = who.proof(app, &transaction).await;
    proof["remember_device"] = json!(true);
    let token = app.mfa(&transaction, "totp", proof).await.expect(200).str("device_token");
    let listed = who.person.get(app, "/v1/me/sessions").await.expect(200);
    let id = listed["trusted_devices"][0]["id"].as_str().unwrap().to_owned();
    (who.person, id, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn device_distrusted() {
    let act = async |app: &App, (person, id, _): &(Person, String, String)| {
        person.call(app, Method::DELETE, &format!("/v1/me/devices/{id}"), None).await
    };
    sweep_last("DELETE /v1/me/devices/{id}", trusting, act, async |app, (person, _, token), seen| {
        seen.last().clone().expect(204);
        assert_eq!(gained(seen, person), 0);
        let login = json!({"email": person.email, "password": person.password, "device_token": token});
        assert_eq!(app.post("/v1/login", login).await.expect(200)["status"], "mfa_required");
        assert_eq!(person.get(app, "/v1/me/sessions").await.expect(200)["trusted_devices"], json!([]));
    })
    .await;
}
