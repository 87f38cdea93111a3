//! `index.html`: for people, in their language. No script, nothing loaded from anywhere, and a policy in
//! it that holds browsers to that, for it is opened from a disk.

use std::io::Write as _;

use askama::Template;
use domain::Locale;
use store::{Record, Survey};

use crate::Downloads;
use crate::archive::{Archive, Broken};
use crate::fetch::{Export, Records};
use crate::readable::Reader;
use crate::texts::{Language, Set, language};

/// How many records of a set are shown; all of them are in its CSV.
const SHOWN: u64 = 200;

#[derive(Template)]
#[template(path = "head.html")]
struct Head<'a> {
    lang: &'a str,
    dir: &'a str,
    title: String,
    brand: &'a str,
    color: domain::Color,
    made_at: String,
    customer: String,
    texts: &'a Language,
    intro: [String; 2],
    sets: Vec<(&'static str, &'a str, u64)>,
}

#[derive(Template)]
#[template(path = "set.html")]
struct SetHead<'a> {
    key: &'a str,
    set: &'a Set,
    texts: &'a Language,
    count: u64,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordBody {
    fields: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "tail.html")]
struct Tail<'a> {
    texts: &'a Language,
    support_url: Option<&'a str>,
}

/// Writes the page.
pub(crate) async fn write(flow: &Downloads, export: &Export, zip: &mut Archive) -> Result<(), Broken> {
    let (locale, survey) = (export.customer.locale, &export.survey);
    let (texts, reader) = (language(locale), Reader::new(locale, &export.registry));
    let brand = pages::isolated(locale, flow.brand.name());
    let sets: Vec<_> = Survey::sets().into_iter().map(|key| (key, texts.set(key), survey.count(key))).collect();
    let head = Head {
        lang: locale.tag(),
        dir: if locale.is_rtl() { "rtl" } else { "ltr" },
        title: (texts.title)(&brand),
        brand: flow.brand.name(),
        color: flow.brand.color(),
        made_at: domain::when(locale, export.now),
        customer: export.customer.id.to_string(),
        texts,
        intro: (texts.intro)(&brand),
        sets: sets.iter().map(|(key, set, count)| (*key, set.name, *count)).collect(),
    };
    zip.write_all(head.render()?.as_bytes())?;
    for (key, set, count) in sets {
        zip.write_all(SetHead { key, set, texts, count }.render()?.as_bytes())?;
        let (mut records, mut shown) = (Records::of(flow, export, key), 0);
        'set: while let Some(page) = records.next().await? {
            for record in &page {
                if shown == SHOWN {
                    break 'set;
                }
                shown += 1;
                zip.write_all(body(locale, &reader, record).render()?.as_bytes())?;
            }
            zip.send().await?;
        }
        if shown < count {
            writeln!(zip, "<p class=\"more\">{}</p>", (texts.more)(shown, count, &format!("csv/{key}.csv")))?;
        }
        zip.write_all(b"</section>\n")?;
    }
    let tail = Tail { texts, support_url: flow.brand.support_url() };
    Ok(zip.write_all(tail.render()?.as_bytes())?)
}

fn body(locale: Locale, reader: &Reader<'_>, record: &Record) -> RecordBody {
    let fields = reader.fields(record).into_iter();
    RecordBody { fields: fields.map(|(label, value)| (label, pages::isolated(locale, &value))).collect() }
}
