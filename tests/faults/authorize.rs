//! An app sends a browser, and gets it back.

use reqwest::Method;
use tests::{App, Browser, Person, Reply};

use super::{a_session, assert_unchanged, sweep};

/// Leading on is the success here. What was spent though its answer was lost is over when it is asked for again:
/// the customer goes back to the app, which sends them anew.
fn led(reply: Reply) -> Reply {
    if matches!(reply.status, 303 | 410) { Reply { status: 200, ..reply } } else { reply }
}

/// A browser, with a request of an app that waits in it.
struct Waits {
    browser: Browser,
    transaction: String,
}

async fn waits(app: &App, _: usize) -> Waits {
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    Waits { transaction: page.filled("leave", "transaction"), browser }
}

/// The same, and somebody has signed in since, for another request.
async fn can_go_on(app: &App, n: usize) -> Waits {
    let mut waits = waits(app, n).await;
    sign_in(app, &mut waits.browser, n).await;
    waits
}

async fn sign_in(app: &App, browser: &mut Browser, n: usize) -> Person {
    let person = a_session(app, n).await;
    let page = browser.authorize(app, &[]).await.expect(200);
    browser.sign_in(app, &page, &person.email, &person.password).await.expect(303);
    person
}

async fn signed_in(app: &App, n: usize) -> Browser {
    let mut browser = Browser::default();
    sign_in(app, &mut browser, n).await;
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorize() {
    let act = async |app: &App, browser: &Browser| led(app.send(browser.authorization(app, Method::GET)).await);
    sweep("GET /oauth2/authorize", signed_in, act, async |_, _, seen| {
        let back = seen.last().clone().expect(200).back_at(Browser::HOME);
        assert!(back["code"].len() > 20);
        assert_unchanged(seen);
    })
    .await;
    let nobody = async |_: &App, _| Browser::default();
    sweep("GET /oauth2/authorize of nobody", nobody, act, async |_, _, seen| {
        assert!(seen.last().clone().expect(200).header("location").starts_with("/oauth2/continue?transaction="));
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorize_by_form() {
    let act = async |app: &App, browser: &Browser| led(app.send(browser.authorization(app, Method::POST)).await);
    sweep("POST /oauth2/authorize", signed_in, act, async |app, browser, seen| {
        let next = seen.last().clone().expect(200).header("location").to_owned();
        let back = browser.clone().open(app, &next).await.back_at(Browser::HOME);
        assert!(back["code"].len() > 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_on() {
    let act = async |app: &App, at: &Waits| {
        let path = format!("/oauth2/continue?transaction={}", at.transaction);
        led(app.send(at.browser.request(app, Method::GET, &path)).await)
    };
    sweep("GET /oauth2/continue", can_go_on, act, async |_, _, seen| {
        let reply = seen.last().clone().expect(200);
        assert!(reply.header("location").is_empty() || reply.back_at(Browser::HOME)["code"].len() > 20);
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuse() {
    let act = async |app: &App, at: &Waits| {
        let fields = [("transaction", &*at.transaction), ("decision", "deny")];
        led(app.send(at.browser.request(app, Method::POST, "/oauth2/consent").form(&fields)).await)
    };
    sweep("POST /oauth2/consent", waits, act, async |_, _, seen| {
        let reply = seen.last().clone().expect(200);
        assert!(reply.header("location").is_empty() || reply.back_at(Browser::HOME)["error"] == "access_denied");
        assert_unchanged(seen);
    })
    .await;
}
