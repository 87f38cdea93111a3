//! Signing in, staying signed in, and leaving.

use domain::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Person, Reply, World, claims};

use super::{Seen, a_customer, a_session, setup, sweep};

/// Answers of somebody who is signed in: an access token that works, a refresh token that is taken.
async fn assert_signed_in(app: &App, reply: &Reply) {
    let me = app.request(Method::GET, "/v1/me").bearer_auth(reply.str("access_token"));
    app.send(me).await.expect(200);
    app.refresh(&reply.str("refresh_token")).await.expect(200);
}

/// How many sessions the person has more than before.
fn gained(seen: &Seen<Reply>, person: &Person) -> isize {
    let live = |world: &World| isize::try_from(world.live_sessions(&person.sub)).unwrap();
    live(&seen.after) - live(&seen.before)
}

/// What nobody who only reads may leave behind.
fn assert_unchanged(seen: &Seen<Reply>) {
    assert_eq!(seen.before.directory.len(), seen.after.directory.len());
    assert_eq!(seen.before.outbox.len(), seen.after.outbox.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login() {
    let act = async |app: &App, person: &Person| app.login(&person.email, &person.password).await;
    sweep("login", a_session, act, async |app, person, seen| {
        let reply = seen.last().clone().expect(200);
        assert_signed_in(app, &reply).await;
        // A session whose answer was lost is one that nobody can use; a retry begins another.
        let new = gained(seen, person);
        assert!(new == 1 || new == 2 && seen.again.is_some(), "{new} sessions");
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login_whose_hash_is_outdated() {
    let prepare = async |app: &App, n: usize| {
        let settings = |memory: &str| {
            let mut settings = setup().settings;
            settings.push(("ARGON2_MEMORY_KIB".to_owned(), memory.to_owned()));
            settings.push(("ARGON2_ITERATIONS".to_owned(), "1".to_owned()));
            settings
        };
        app.system.update(&[], &settings("64")).await.unwrap();
        let person = a_customer(app, n).await;
        app.system.update(&[], &settings("128")).await.unwrap();
        person
    };
    let act = async |app: &App, person: &Person| app.login(&person.email, &person.password).await;
    sweep("login", prepare, act, async |app, person, seen| {
        assert_signed_in(app, &seen.last().clone().expect(200)).await;
        let again = app.login(&person.email, &person.password).await.expect(200);
        assert_signed_in(app, &again).await;
        let hash = |world: &World| world.of_customer(&person.sub, "PASSWORD").unwrap()["hash"]["S"].clone();
        assert!(hash(&seen.before).to_string().contains("m=64,"));
        let world = World::of(app).await;
        assert!(hash(&world).to_string().contains("m=128,"), "the next sign-in makes up for it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh() {
    let act = async |app: &App, person: &Person| app.refresh(&person.refresh).await;
    sweep("token", a_session, act, async |app, person, seen| {
        // The retry came within ten seconds: the family goes on, with one successor.
        let reply = seen.last().clone().expect(200);
        let retried = app.refresh(&person.refresh).await.expect(200);
        assert_eq!(retried.str("refresh_token"), reply.str("refresh_token"));
        assert_signed_in(app, &reply).await;
        assert_eq!(gained(seen, person), 0);
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_with_keys_in_kms() {
    let prepare = async |app: &App, n: usize| {
        if n == 0 {
            let parameters = [("SigningMode".to_owned(), "kms".to_owned())];
            app.system.update(&parameters, &setup().settings).await.unwrap();
            app.advance(SignedDuration::from_hours(2));
        }
        a_session(app, n).await
    };
    let act = async |app: &App, person: &Person| app.refresh(&person.refresh).await;
    sweep("token", prepare, act, async |app, person, seen| {
        let reply = seen.last().clone().expect(200);
        let retried = app.refresh(&person.refresh).await.expect(200);
        assert_eq!(retried.str("refresh_token"), reply.str("refresh_token"));
        assert_signed_in(app, &reply).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_with_a_token_that_was_stolen() {
    let prepare = async |app: &App, n: usize| {
        let person = a_session(app, n).await;
        app.refresh(&person.refresh).await.expect(200);
        app.advance(SignedDuration::from_secs(11));
        person
    };
    // The refusal is the success here.
    let act = async |app: &App, person: &Person| {
        let reply = app.refresh(&person.refresh).await;
        if reply["error"] == "invalid_grant" { Reply { status: 200, ..reply } } else { reply }
    };
    sweep("token", prepare, act, async |app, person, seen| {
        assert_eq!(seen.last()["error"], "invalid_grant");
        assert_eq!(gained(seen, person), -1);
        assert_eq!(seen.after.queued("sessions_ended") - seen.before.queued("sessions_ended"), 1);
        assert!(app.mail_to(&person.email).await.code.is_none(), "the customer is told");
    })
    .await;
}

fn billing(app: &App, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    app.request(Method::POST, path).basic_auth("billing", Some("secret")).form(fields)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_credentials() {
    let act = async |app: &App, (): &()| {
        app.send(billing(app, "/oauth2/token", &[("grant_type", "client_credentials")])).await
    };
    sweep(
        "token",
        async |_, _| (),
        act,
        async |_, (), seen| {
            assert_eq!(claims(&seen.last().clone().expect(200).str("access_token"))["sub"], "billing");
            assert_unchanged(seen);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspect() {
    let act = async |app: &App, person: &Person| {
        app.send(billing(app, "/oauth2/introspect", &[("token", &person.access)])).await
    };
    sweep("token", a_session, act, async |_, person, seen| {
        let reply = seen.last().clone().expect(200);
        assert_eq!((reply["active"].clone(), reply["sub"].clone()), (json!(true), json!(person.sub)));
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoke() {
    let act = async |app: &App, person: &Person| {
        app.form("/oauth2/revoke", &[("token", &person.refresh), ("client_id", "portico")]).await
    };
    sweep("token", a_session, act, async |app, person, seen| {
        seen.last().clone().expect(200);
        assert_eq!(gained(seen, person), -1);
        app.refresh(&person.refresh).await.oauth(400, "invalid_grant");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_listed() {
    let prepare = async |app: &App, n: usize| {
        let person = a_session(app, n).await;
        // So long ago that it is noted that the session was seen.
        app.advance(SignedDuration::from_mins(6));
        person
    };
    let act = async |app: &App, person: &Person| person.get(app, "/v1/me/sessions").await;
    sweep("session", prepare, act, async |_, person, seen| {
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
    sweep("session", two_sessions, act, async |app, (person, other), seen| {
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
    sweep("session", two_sessions, act, async |app, (person, other), seen| {
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
    sweep("session", two_sessions, act, async |app, (person, other), seen| {
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
    sweep("session", two_sessions, act, async |app, (person, other), seen| {
        assert_done(seen);
        assert_eq!(gained(seen, person), -1);
        other.get(app, "/v1/me").await.expect(200);
        app.refresh(&person.refresh).await.oauth(400, "invalid_grant");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn public_documents() {
    for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration", "/openapi.json"] {
        let app = App::with(setup()).await;
        app.take_calls();
        app.get(path).await.expect(200);
        let calls = app.take_calls().len();
        assert_eq!(calls > 0, path.ends_with("jwks.json"), "only keys are looked up");
    }
    let act = async |app: &App, (): &()| app.get("/.well-known/jwks.json").await;
    sweep(
        "wellknown",
        async |_, _| (),
        act,
        async |_, (), seen| {
            assert_eq!(seen.last().clone().expect(200)["keys"].as_array().unwrap().len(), 2);
            assert_unchanged(seen);
        },
    )
    .await;
}
