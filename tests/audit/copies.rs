//! Copies of the roots, and who has the permanent key but not the bucket.

use reqwest::Method;

use super::*;

impl Log {
    /// A request to S3, as whoever runs the account.
    async fn s3(&self, method: Method, key: &str, body: &str) -> u16 {
        let signed =
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let request = reqwest::Client::new().request(method, format!("{}/{BUCKET}/{key}", self.app.system.aws_url()));
        let answer = request.header("authorization", signed).body(body.to_owned()).send().await.unwrap();
        answer.status().as_u16()
    }

    fn copy(&self, hour: &str) -> String {
        format!("roots/{hour}/{}.jws", text(&self.item("ROOT", hour), "digest"))
    }
}

/// Everything from the second root on signed anew over a chain that was rewritten.
async fn forged(log: &Log) -> Vec<Op> {
    let (nine, ten) = ("2027-01-15T09", "2027-01-15T10");
    let at = log.ends(nine);
    let mut bodies: Vec<String> = log.entries().iter().map(|item| text(item, "body")).collect();
    bodies[usize::try_from(at).unwrap() - 1] = twisted(&log.entry(at));
    let mut ops = log.rewritten(at, &bodies[usize::try_from(at).unwrap() - 1..]);
    let hash_at = |seq: u64| {
        let seq = json!({"N": seq.to_string()});
        ops.iter().find_map(|op| match op {
            Op::Put(item) if item["seq"] == seq => Some(text(item, "hash")),
            _ => None,
        })
    };
    let mut previous: Option<(String, String)> = None;
    let mut roots = Vec::new();
    for hour in [nine, ten] {
        let root = log.item("ROOT", hour);
        let mut claims = tests::claims(&text(&root, "jws"));
        claims["heads"][usize::from(log.chain)]["hash"] = json!(hash_at(log.ends(hour)).unwrap());
        let heads: Vec<domain::ChainHead> = serde_json::from_value(claims["heads"].clone()).unwrap();
        claims["root"] = json!(URL_SAFE_NO_PAD.encode(domain::merkle_root(&heads)));
        if let Some((hour, digest)) = &previous {
            claims["previous"] = json!({"hour": hour, "digest": digest});
        }
        let jws = log.signed(&claims).await;
        previous = Some((hour.to_owned(), digest(&jws)));
        roots.push(Op::Put(with(&with(&root, "jws", &jws), "digest", &digest(&jws))));
    }
    ops.extend(roots);
    ops.push(Op::Put(with(&log.item("ROOT", "HEAD"), "digest", &previous.unwrap().1)));
    ops
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_permanent_key_too_is_found_by_the_copies() {
    let log = Log::start().await;
    let ops = forged(&log).await;
    assert_eq!(log.tampered(&ops, None).await.findings, [], "by itself the table is in order");
    let report = log.tampered(&ops, Some(BUCKET)).await;
    let found = places(&report.findings);
    for hour in ["2027-01-15T09", "2027-01-15T10"] {
        assert!(found.contains(&(Kind::Forged, None, None, Some(hour))), "{:?}", report.findings);
    }
    let at = log.ends("2027-01-15T09");
    assert!(found.contains(&(Kind::Rewritten, Some(log.chain), Some(at), None)), "{:?}", report.findings);
    assert_eq!(found.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_can_be_hidden_or_put_over_and_stays() {
    let log = Log::start().await;
    let nine = "2027-01-15T09";
    assert_eq!(log.s3(Method::DELETE, &format!("{}?versionId=v1", log.copy(nine)), "").await, 403, "it is locked");
    assert_eq!(log.s3(Method::DELETE, &log.copy(nine), "").await, 200);
    let report = log.tampered(&[], Some(BUCKET)).await;
    assert_eq!(places(&report.findings), [(Kind::Removed, None, None, Some(nine))]);
    assert!(report.findings[0].what.contains("hidden"));

    let ten = "2027-01-15T10";
    assert_eq!(log.s3(Method::PUT, &log.copy(ten), "something else").await, 200);
    let report = log.tampered(&[], Some(BUCKET)).await;
    let found = places(&report.findings);
    assert!(found.contains(&(Kind::Changed, None, None, Some(ten))), "{:?}", report.findings);
    assert_eq!(report.copies, 3, "what was locked is still there and is what counts");

    log.s3(Method::PUT, "roots/notes.txt", "x").await;
    let claims = tests::claims(&text(&log.item("ROOT", "2027-01-15T08"), "jws"));
    let second = log.signed(&claims).await;
    log.s3(Method::PUT, &format!("roots/2027-01-15T08/{}.jws", digest(&second)), &second).await;
    let report = log.tampered(&[], Some(BUCKET)).await;
    let found = places(&report.findings);
    assert!(found.contains(&(Kind::Added, None, None, None)), "{:?}", report.findings);
    assert!(found.contains(&(Kind::Forged, None, None, Some("2027-01-15T08"))), "two of one hour");
}
