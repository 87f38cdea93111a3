//! Roots in the table.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_that_was_tampered_with_is_found_and_placed() {
    let log = Log::start().await;
    let (eight, nine, ten) = ("2027-01-15T08", "2027-01-15T09", "2027-01-15T10");
    let root = log.item("ROOT", nine);
    let jws = text(&root, "jws");
    let claims = tests::claims(&jws);
    let parts: Vec<&str> = jws.split('.').collect();
    let of = |jws: &str| Op::Put(with(&with(&root, "jws", jws), "digest", &digest(jws)));
    let mut richer = claims.clone();
    richer["heads"][0]["last"] = json!(99);
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(richer.to_string()), parts[2]);
    // As whoever may use the permanent key: signed, and not what it says.
    let unlike = log.signed(&richer).await;
    let mut alone = claims.clone();
    alone["previous"] = json!({"hour": eight, "digest": "A".repeat(43)});
    let alone = log.signed(&alone).await;
    let mut later = log.item("ROOT", ten);
    later["sk"] = json!({"S": "2027-01-15T11"});
    let head_at = |number: u64, of: &Value| {
        let mut head = with(&log.item("ROOT", "HEAD"), "digest", &text(of, "digest"));
        head["number"] = json!({"N": number.to_string()});
        Op::Put(head)
    };

    let cases: Vec<(&str, Vec<Op>, (Kind, &str))> = vec![
        ("its signature is another's", vec![of(&forged)], (Kind::Forged, nine)),
        ("it is no JWS", vec![of("x.y")], (Kind::Forged, nine)),
        ("it is an access token", vec![of(&jws.replace(parts[0], "eyJhbGciOiJub25lIn0"))], (Kind::Forged, nine)),
        ("its hash is not that over its heads", vec![of(&unlike)], (Kind::Forged, nine)),
        ("it names another before it", vec![of(&alone)], (Kind::Forged, nine)),
        ("it is gone", vec![Op::Delete(root.clone())], (Kind::Removed, ten)),
        ("it stands for another hour", vec![Op::Put(later)], (Kind::Moved, "2027-01-15T11")),
        (
            "its number was changed",
            vec![{
                let mut other = root.clone();
                other["number"] = json!({"N": "7"});
                Op::Put(other)
            }],
            (Kind::Changed, nine),
        ),
        ("the last is gone", vec![Op::Delete(log.item("ROOT", ten))], (Kind::Removed, nine)),
        ("it stands behind the last", vec![head_at(2, &root)], (Kind::Added, ten)),
    ];
    for (what, ops, (kind, hour)) in cases {
        let report = log.tampered(&ops, None).await;
        assert!(places(&report.findings).contains(&(kind, None, None, Some(hour))), "{what}: {:?}", report.findings);
        let said = report.findings.iter().find(|found| found.hour.as_deref() == Some(hour)).unwrap().to_string();
        assert!(said.starts_with(&format!("root {hour}: ")), "{said}");
    }
    let first = log.tampered(&[Op::Delete(log.item("ROOT", eight))], None).await;
    assert_eq!(places(&first.findings), [(Kind::Removed, None, None, Some(nine))]);
    let all = [eight, nine, ten].map(|hour| Op::Delete(log.item("ROOT", hour)));
    assert_eq!(places(&log.tampered(&all, None).await.findings), [(Kind::Removed, None, None, None)]);

    // The last root and all that names it: only a copy knows of it.
    let gone = [Op::Delete(log.item("ROOT", ten)), head_at(2, &root)];
    assert_eq!(log.tampered(&gone, None).await.findings, []);
    let report = log.tampered(&gone, Some(BUCKET)).await;
    assert_eq!(places(&report.findings), [(Kind::Removed, None, None, Some(ten))]);
}
