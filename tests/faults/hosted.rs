//! Signing in on the pages.

use domain::SignedDuration;
use reqwest::Method;
use tests::{App, Browser, Person, Reply, TotpApp};

use super::{Seen, a_customer, a_session, assert_unchanged, gained, sweep, sweep_last};

/// Leading on is the success here.
fn led(reply: Reply) -> Reply {
    if reply.status == 303 { Reply { status: 200, ..reply } } else { reply }
}

struct AtPage {
    person: Person,
    browser: Browser,
    page: Reply,
}

async fn at_page(app: &App, person: Person) -> AtPage {
    let mut browser = Browser::default();
    let page = browser.authorize(app, &[]).await.expect(200);
    AtPage { person, browser, page }
}

impl AtPage {
    fn transaction(&self) -> String {
        self.page.filled("leave", "transaction")
    }

    async fn post(&self, app: &App, path: &str, fields: &[(&str, &str)]) -> Reply {
        let transaction = self.transaction();
        let fields = [&[("transaction", &*transaction)], fields].concat();
        led(app.send(self.browser.request(app, Method::POST, path).form(&fields)).await)
    }

    async fn open(&self, app: &App, path: &str) -> Reply {
        let path = format!("{path}?transaction={}", self.transaction());
        app.send(self.browser.request(app, Method::GET, &path)).await
    }

    /// Gives the password, and is asked for more.
    async fn half_way(mut self, app: &App) -> Self {
        self.page = self.browser.sign_in(app, &self.page, &self.person.email, &self.person.password).await.expect(200);
        self
    }
}

async fn with_app(app: &App, n: usize) -> (AtPage, TotpApp) {
    let person = a_customer(app, n).await;
    let (totp, _) = person.add_totp(app).await;
    app.advance(SignedDuration::from_secs(60));
    (at_page(app, person).await.half_way(app).await, totp)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page() {
    let prepare = async |app: &App, n: usize| at_page(app, a_session(app, n).await).await;
    let act = async |app: &App, at: &AtPage| at.open(app, "/sign-in").await;
    sweep("GET /sign-in", prepare, act, async |_, _, seen| {
        assert!(seen.last().clone().expect(200).has("sign_in"));
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in() {
    // In a browser in which somebody was signed in.
    let prepare = async |app: &App, n: usize| {
        let mut at = at_page(app, a_session(app, n).await).await;
        at.browser.sign_in(app, &at.page, &at.person.email, &at.person.password).await.expect(303);
        app.advance(SignedDuration::from_secs(1));
        at.page = at.browser.authorize(app, &[("prompt", "login")]).await.expect(200);
        at
    };
    let act = async |app: &App, at: &AtPage| {
        at.post(app, "/sign-in", &[("email", &at.person.email), ("password", &at.person.password)]).await
    };
    sweep("POST /sign-in", prepare, act, async |_, at, seen| {
        assert!(seen.last().clone().expect(200).header("location").starts_with("/oauth2/continue?transaction="));
        // However often it was sent, it is the session that was there, with another secret.
        assert_eq!(gained(seen, &at.person), 0);
        assert_unchanged(seen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_where_another_was() {
    let prepare = async |app: &App, n: usize| {
        let other = super::a_customer(app, n).await;
        let mut at = at_page(app, a_session(app, n).await).await;
        at.browser.sign_in(app, &at.page, &at.person.email, &at.person.password).await.expect(303);
        app.advance(SignedDuration::from_secs(1));
        at.page = at.browser.authorize(app, &[("prompt", "login")]).await.expect(200);
        AtPage { person: other, ..at }
    };
    let act = async |app: &App, at: &AtPage| {
        at.post(app, "/sign-in", &[("email", &at.person.email), ("password", &at.person.password)]).await
    };
    sweep_last("POST /sign-in by another", prepare, act, async |_, at, seen| {
        seen.last().clone().expect(200);
        let new = gained(seen, &at.person);
        // One whose cookie was lost is one that nobody can use.
        assert!((1..=2).contains(&new), "{new} sessions");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proof_page() {
    let act = async |app: &App, (at, _): &(AtPage, TotpApp)| at.open(app, "/sign-in/proof").await;
    sweep_last("GET /sign-in/proof", with_app, act, async |_, _, seen| {
        assert!(seen.last().clone().expect(200).has("code"));
        assert_unchanged(seen);
    })
    .await;
}

/// Signed in; or the answer was lost, and then what it was proved with is used up.
#[track_caller]
fn assert_in_or_over(seen: &Seen<Reply>, person: &Person) {
    let last = seen.last();
    let is_over = seen.again.is_some() && [409, 410, 422].contains(&last.status);
    assert!(last.status == 200 || is_over, "{}", last.text);
    let new = gained(seen, person);
    assert!((0..=1).contains(&new), "{new} sessions");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proof() {
    let act = async |app: &App, (at, totp): &(AtPage, TotpApp)| {
        at.post(app, "/sign-in/proof", &[("method", "totp"), ("code", &totp.code(app))]).await
    };
    sweep_last("POST /sign-in/proof", with_app, act, async |_, (at, _), seen| {
        assert_in_or_over(seen, &at.person);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn challenge() {
    let prepare = async |app: &App, n: usize| {
        let person = a_customer(app, n).await;
        person.add_mailbox(app).await;
        app.settle().await;
        at_page(app, person).await.half_way(app).await
    };
    // What an answer that was lost has queued is sent before the next is asked for: the newest code is the one that
    // counts.
    let act = async |app: &App, at: &AtPage| {
        let reply = at.post(app, "/sign-in/challenge", &[("method", "email")]).await;
        app.settle().await;
        reply
    };
    sweep_last("POST /sign-in/challenge", prepare, act, async |app, at, seen| {
        assert!(seen.last().clone().expect(200).header("location").contains("sent=on"));
        let code = app.code_to(&at.person.email).await;
        at.post(app, "/sign-in/proof", &[("method", "email"), ("code", &code)]).await.expect(200);
    })
    .await;
}
