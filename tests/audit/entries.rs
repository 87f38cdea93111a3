//! Entries and heads.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_was_tampered_with_is_found_and_placed() {
    let log = Log::start().await;
    let (chain, last) = (log.chain, log.last());
    let bodies: Vec<String> = log.entries().iter().map(|item| text(item, "body")).collect();
    // A sign-in of the first hour, with one more before its root.
    let at = 1 + bodies.iter().position(|body| body.contains("session.started")).unwrap();
    let (index, at, other) = (at - 1, at as u64, at as u64 + 2);
    let entry = log.entry(at);
    let second_root = log.ends("2027-01-15T09");
    assert!(at < log.ends("2027-01-15T08") && second_root + 1 < last, "{last}");

    let rehashed = {
        let own = SealedAct::after(at, &text(&entry, "previous"), &twisted(&entry));
        with(&with(&entry, "body", &own.body), "hash", &own.hash)
    };
    let exchanged = [(at, other), (other, at)]
        .map(|(own, with_whom)| Op::Put(with(&log.entry(own), "body", &text(&log.entry(with_whom), "body"))));
    let renumbered = [(at, other), (other, at)].map(|(own, with_whom)| {
        let mut item = log.entry(own);
        item["seq"] = json!({"N": with_whom.to_string()});
        Op::Put(item)
    });
    let twice = with(&entry, "sk", "act_01hf7yat00e9j8b5v2m3n4p6q7");
    let behind = {
        let own = SealedAct::after(last + 1, &text(&log.entry(last), "hash"), &bodies[index]);
        let mut item = with(&with(&twice, "previous", &own.previous), "hash", &own.hash);
        item["seq"] = json!({"N": own.seq.to_string()});
        item
    };
    let elsewhere = with(&entry, "pk", "CUS#cus_01hf7yat00e9j8b5v2m3n4p6q7");
    let mut stray = twice.clone();
    stray.as_object_mut().unwrap().retain(|name, _| !["chain", "seq"].contains(&name.as_str()));
    let mut backdated = entry.clone();
    backdated["sealed_at"] = json!({"N": "1800010800000"});
    let mut without = bodies.clone();
    without.remove(index);
    let mut changed = bodies.clone();
    changed[index] = twisted(&entry);
    let mut late = bodies.clone();
    late[usize::try_from(second_root).unwrap() - 1] = twisted(&log.entry(second_root));
    let ended = bodies[..usize::try_from(last).unwrap() - 2].to_vec();
    let first_root = log.ends("2027-01-15T08");

    let cases: Vec<(&str, Vec<Op>, (Kind, u64))> = vec![
        ("its act was changed", vec![Op::Put(with(&entry, "body", &twisted(&entry)))], (Kind::Changed, at)),
        ("its hash was changed", vec![Op::Put(with(&entry, "hash", &"A".repeat(43)))], (Kind::Changed, at)),
        ("it was changed with its hash", vec![Op::Put(rehashed)], (Kind::Changed, at)),
        (
            "it was changed with every hash after it",
            log.rewritten(at, &changed[index..]),
            (Kind::Rewritten, first_root),
        ),
        ("one of another hour was", log.rewritten(at, &late[index..]), (Kind::Rewritten, second_root)),
        ("it was removed", vec![Op::Delete(entry.clone())], (Kind::Removed, at)),
        (
            "it was removed with every hash after it",
            log.rewritten(at, &without[index..]),
            (Kind::Rewritten, first_root),
        ),
        ("two were removed", vec![Op::Delete(entry.clone()), Op::Delete(log.entry(at + 1))], (Kind::Removed, at)),
        ("the last was removed", vec![Op::Delete(log.entry(last))], (Kind::Truncated, last)),
        ("the end was cut off with the head", log.rewritten(at, &ended[index..]), (Kind::Truncated, last - 1)),
        ("two acts were exchanged", exchanged.into(), (Kind::Swapped, at)),
        ("two numbers were exchanged", renumbered.into(), (Kind::Swapped, other)),
        ("it stands there twice", vec![Op::Put(twice)], (Kind::Added, at)),
        ("one was added behind the head", vec![Op::Put(behind)], (Kind::Added, last + 1)),
        ("it was given to another customer", vec![Op::Delete(entry.clone()), Op::Put(elsewhere)], (Kind::Moved, at)),
        ("it was sealed at another time", vec![Op::Put(backdated)], (Kind::Changed, at)),
        ("the head names another", vec![Op::Put(with(&log.head(), "hash", &"A".repeat(43)))], (Kind::Changed, last)),
        ("the head is gone", vec![Op::Delete(log.head())], (Kind::Removed, last)),
    ];
    for (what, ops, (kind, seq)) in cases {
        let report = log.tampered(&ops, None).await;
        let found = places(&report.findings);
        assert!(found.contains(&(kind, Some(chain), Some(seq), None)), "{what}: {:?}", report.findings);
        assert!(found.len() <= 4, "{what} is one thing: {:?}", report.findings);
        let said = report.findings.iter().find(|found| found.seq == Some(seq)).unwrap().to_string();
        assert!(said.starts_with(&format!("chain {chain}, seq {seq}: ")), "{said}");
    }
    let report = log.tampered(&[Op::Put(stray)], None).await;
    assert_eq!(places(&report.findings), [(Kind::Added, None, None, None)]);
    assert!(report.findings[0].what.contains("act_01hf7yat00e9j8b5v2m3n4p6q7 is in the table and in no chain"));

    let report = log.tampered(&[], Some(BUCKET)).await;
    assert_eq!(report.findings, [], "everything was undone");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["roots"], &json["copies"], &json["findings"]), (&json!(3), &json!(3), &json!([])));
}

/// What the hashes alone can't tell, because whoever did it made them all anew after the last root.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sealed_since_the_last_root_is_vouched_for_by_the_next() {
    let log = Log::start().await;
    let last = log.last();
    assert!(log.ends("2027-01-15T10") < last);
    let ops = log.rewritten(last, &[twisted(&log.entry(last))]);
    assert_eq!(log.tampered(&ops, None).await.findings, []);
    log.app.system.invoke("roots", json!({"portico": "roots"})).await.unwrap();
    log.apply(&ops).await;
    let report = audited(&log.app, None).await;
    assert_eq!(places(&report.findings), [(Kind::Rewritten, Some(log.chain), Some(last), None)]);
}
