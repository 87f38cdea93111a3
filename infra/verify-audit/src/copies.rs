//! The copies of the roots, where nobody can rewrite them.

use std::collections::BTreeMap;

use archive::Archive;
use domain::Hour;

use crate::report::{Kind, Report};
use crate::roots::{Root, Roots};
use crate::table::ReadError;
use crate::{Log, hash};

const PREFIX: &str = "roots/";
/// A copy is made with its root, or a quarter of an hour later.
const LATE: i64 = 2 * 3600;

pub(crate) async fn compare(
    log: &Log,
    archive: &Archive,
    roots: &mut Roots,
    report: &mut Report,
) -> Result<(), ReadError> {
    // By digest: the same root under one name is one copy, however many versions there are of it.
    let mut copied: BTreeMap<Hour, Vec<Root>> = BTreeMap::new();
    let mut page = archive.versions(PREFIX, None).await?;
    loop {
        for listed in &page.versions {
            let body = archive.get(listed).await?;
            let place = listed.key.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(".jws")?.split_once('/'));
            let Some((hour, digest)) = place else {
                report.item(Kind::Added, format!("the bucket has {}, which is no root's name", listed.key));
                continue;
            };
            let jws = String::from_utf8_lossy(&body);
            if hash::digest(&jws) != digest {
                report.root(Kind::Changed, hour, format!("something else was put over its copy {}", listed.key));
                continue;
            }
            match Root::read(log, &jws) {
                Err(why) => report.root(Kind::Forged, hour, format!("its copy {} {why}", listed.key)),
                Ok(root) if root.claims.hour.to_string() != hour => {
                    report.root(Kind::Moved, hour, format!("its copy is the root of {}", root.claims.hour));
                }
                Ok(root) => {
                    if !listed.is_latest {
                        report.root(Kind::Removed, hour, "its copy was hidden; what was locked is still there");
                    }
                    let same = copied.entry(root.claims.hour).or_default();
                    if same.iter().all(|known| known.digest != root.digest) {
                        report.copies += 1;
                        same.push(root);
                    }
                }
            }
        }
        if !page.has_more() {
            break;
        }
        page = archive.versions(PREFIX, Some(&page)).await?;
    }
    missing(log, &copied, roots, report);
    for (hour, copies) in copied {
        let hour_text = hour.to_string();
        if copies.len() > 1 {
            report.root(Kind::Forged, &hour_text, format!("the bucket has {} of this hour, each signed", copies.len()));
        }
        for copy in copies {
            match roots.by_hour.get(&hour) {
                Some(root) if root.digest == copy.digest => continue,
                Some(_) => report.root(Kind::Forged, &hour_text, "the table's is another than the one that was copied"),
                None => report.root(Kind::Removed, &hour_text, "was copied, and is not in the table"),
            }
            // Whoever changed the table could not change this one: the chains are held to it, too.
            roots.copies.push(copy);
        }
    }
    Ok(())
}

/// Roots of the table without a copy: copies are made in order, so that all before the last are there.
fn missing(log: &Log, copied: &BTreeMap<Hour, Vec<Root>>, roots: &Roots, report: &mut Report) {
    let newest = copied.last_key_value().map(|(hour, _)| *hour);
    for (hour, root) in &roots.by_hour {
        if copied.get(hour).is_some_and(|copies| !copies.is_empty()) {
            continue;
        }
        let text = hour.to_string();
        if newest.is_some_and(|newest| *hour < newest) {
            report.root(Kind::Removed, &text, "has no copy in the bucket, and later ones have");
        } else if log.now.as_second() - root.claims.iat > LATE {
            report.warn(Some(&text), "has no copy in the bucket yet");
        }
    }
}
