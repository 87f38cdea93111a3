//! Brands and clients that many administrators write at once.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Browser, Reply, Service, World};

use super::{MANY, answers, assert_one, at_once, setup};

const BRAND: &str = "/v1/admin/brands/stand";
const CLIENT: &str = "/v1/admin/clients/stall";

fn brand(name: &str) -> Value {
    json!({"key": "stand", "name": name})
}

fn client(name: &str) -> Value {
    json!({"client_id": "stall", "client_name": name, "redirect_uris": [Browser::HOME],
        "grant_types": ["authorization_code"]})
}

/// Writes over what was read, if something was.
async fn write(app: &App, desk: &Service, path: &str, (tag, body): (Option<&str>, Value)) -> Reply {
    let request = app.request(Method::PUT, path).bearer_auth(&desk.access).json(&body);
    app.send(tag.into_iter().fold(request, |request, tag| request.header("if-match", tag))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_write_the_same_brand_or_client_each_knows_whether_it_is_theirs() {
    let app = App::with(setup().operated()).await;
    for (path, scope, body) in [(BRAND, "admin:brands", brand as fn(&str) -> Value), (CLIENT, "admin:clients", client)]
    {
        let desk = app.operator(scope).await;
        // What nobody has read nobody changes by a tag; of many who make it, one has made it.
        write(&app, &desk, path, (Some("*"), body("A"))).await.problem(409, "conflict");
        let made = at_once(async |n| write(&app, &desk, path, (None, body(&format!("Made {n}")))).await).await;
        let counts = answers(&made);
        assert_eq!(counts.get("201"), Some(&1), "{path}: {counts:?}");
        let others: usize = ["200", "conflict"].iter().filter_map(|answer| counts.get(*answer)).sum();
        assert_eq!(others, MANY - 1, "{path}: {counts:?}");

        let seen = desk.get(&app, path).await.expect(200);
        let tag = Some(seen.header("etag"));
        let over = at_once(async |n| write(&app, &desk, path, (tag, body(&format!("Over {n}")))).await).await;
        let won = assert_one(200, &["conflict"], &over);
        let now = desk.get(&app, path).await.expect(200);
        let names = BTreeMap::from([(BRAND, &now["brand"]["name"]), (CLIENT, &now["client"]["client_name"])]);
        assert_eq!(names[path], &json!(format!("Over {won}")));

        let tag = now.header("etag");
        let gone = at_once(async |n| {
            let request = app.request(if n % 2 == 0 { Method::DELETE } else { Method::PUT }, path);
            let request = request.bearer_auth(&desk.access).header("if-match", tag);
            app.send(if n % 2 == 0 { request } else { request.json(&body("Late")) }).await
        })
        .await;
        let done = gone.iter().filter(|reply| reply.status < 300).count();
        assert_eq!(done, 1, "{path}: it is removed or changed, and not both: {:?}", answers(&gone));
    }
    app.settle().await;
    World::of(&app).await.assert_sound();
}
