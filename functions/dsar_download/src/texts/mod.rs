//! What the pages say: one file per language, no text anywhere else.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod values;

use domain::{ActKind, Locale};
use pages::{Prompt, Words};

pub(crate) use values::Unit;

/// What countries are called, and groups of them: a line each, by language in the order of [`Locale::ALL`].
const COUNTRIES: &str = include_str!("countries.txt");

/// A page of this flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Asks for the button that fetches the copy.
    Fetch,
    /// The ticket was used, or its time is over.
    Over,
    /// The address was cut off or altered.
    Broken,
}

/// What there is to say of a set.
pub(crate) struct Set {
    /// Its name in files.
    pub(crate) key: &'static str,
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) purpose: &'static str,
    /// On what legal basis.
    pub(crate) basis: &'static str,
    /// Where it came from.
    pub(crate) source: &'static str,
    /// How long it is kept.
    pub(crate) kept: &'static str,
}

/// One language.
pub(crate) struct Language {
    /// Around the button.
    pub(crate) fetch: Prompt,
    /// A page's words, with the deployment's name.
    words: fn(Page, &str) -> Words,
    /// The copy's title, with the deployment's name.
    pub(crate) title: fn(&str) -> String,
    /// What the copy is.
    pub(crate) intro: fn(&str) -> [String; 2],
    pub(crate) made_at: &'static str,
    pub(crate) your_id: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) source: &'static str,
    pub(crate) kept: &'static str,
    /// There is no record.
    pub(crate) nothing: &'static str,
    /// Only so many of so many are shown; the rest is in this file.
    pub(crate) more: fn(u64, u64, &str) -> String,
    pub(crate) left_out: &'static str,
    pub(crate) left_out_intro: &'static str,
    pub(crate) help: &'static str,
    /// Instead of a value that says nothing to people.
    pub(crate) technical: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    sets: &'static [Set],
    /// What is left out, by the reason that the inventory gives.
    pub(crate) left: &'static [(&'static str, &'static str)],
    /// What values are called that are words for programs.
    words_of: &'static [(&'static str, &'static str)],
    /// What kinds of data are called, of those that the registry of purposes has as it is delivered.
    categories: &'static [(&'static str, &'static str)],
    /// What kinds of acts are called.
    pub(crate) act: fn(ActKind) -> &'static str,
    /// So many of a unit of time.
    pub(crate) span: fn(u32, Unit) -> String,
    /// Between the parts of a list.
    pub(crate) comma: &'static str,
    /// The same in a sentence: before the others, and before the last.
    pub(crate) and: [&'static str; 2],
    /// What fields are called, in the order in which they are shown where that is no table's. What has another name
    /// in some record or value stands behind a dot: `factor.number`. One that is missing is called by its name: that
    /// can only be one of the profile, which a deployment makes up.
    fields: &'static [(&'static str, &'static str)],
    /// What is said of a set that has no words of its own.
    other: Set,
}

impl Language {
    /// What there is to say of a set.
    pub(crate) fn set(&self, key: &str) -> &Set {
        self.sets.iter().find(|set| set.key == key).unwrap_or(&self.other)
    }

    /// What a field is called within a record or value.
    pub(crate) fn field(&self, within: &str, name: &str) -> Option<&'static str> {
        self.fields.get(self.place(within, name)).map(|(_, label)| *label)
    }

    /// Which field it is; behind all others, where it has no name.
    pub(crate) fn place(&self, within: &str, name: &str) -> usize {
        let own = |known: &str| known.split_once('.') == Some((within, name));
        let find = |is_it: &dyn Fn(&str) -> bool| self.fields.iter().position(|(known, _)| is_it(known));
        find(&own).or_else(|| find(&|known| known == name)).unwrap_or(self.fields.len())
    }

    /// What a kind of data is called.
    pub(crate) fn category(&self, text: &str) -> Option<&'static str> {
        self.categories.iter().find(|(known, _)| *known == text).map(|(_, name)| *name)
    }

    /// What a value is called that is a word for programs.
    pub(crate) fn word(&self, value: &str) -> Option<&'static str> {
        self.words_of.iter().find(|(known, _)| *known == value).map(|(_, word)| *word)
    }
}

impl pages::Page for Page {
    fn words(self, locale: Locale, brand: &str, _: &str) -> Words {
        (language(locale).words)(self, brand)
    }

    fn prompt(self, locale: Locale) -> &'static Prompt {
        &language(locale).fetch
    }
}

pub(crate) fn language(locale: Locale) -> &'static Language {
    match locale {
        Locale::En => &en::LANGUAGE,
        Locale::De => &de::LANGUAGE,
        Locale::Fr => &fr::LANGUAGE,
        Locale::Es => &es::LANGUAGE,
        Locale::Ar => &ar::LANGUAGE,
    }
}

/// What a country is called, or a group of countries.
pub(crate) fn country(locale: Locale, code: &str) -> Option<&'static str> {
    let place = Locale::ALL.iter().position(|known| *known == locale)?;
    let mut lines = COUNTRIES.lines().filter(|line| !line.starts_with('#'));
    let names = lines.find_map(|line| line.split_once('\t').filter(|(known, _)| *known == code))?.1;
    names.split('\t').nth(place)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use domain::Registry;
    use store::{Export, ExportColumn, ItemKind, LEFT_OUT, Survey};

    use crate::readable::is_for_programs;

    use super::*;

    #[test]
    fn every_set_is_explained_in_every_language() {
        for locale in Locale::ALL {
            let language = language(locale);
            for key in Survey::sets() {
                let set = language.set(key);
                assert_eq!(set.key, key, "{locale:?} has no words for the set {key}");
                let texts = [set.name, set.purpose, set.basis, set.source, set.kept];
                assert!(texts.iter().all(|text| !text.is_empty() && text.trim() == *text), "{locale:?} {key}");
            }
        }
    }

    #[test]
    fn every_column_has_a_label_of_its_own_in_every_language() {
        for locale in Locale::ALL {
            let mut labels: BTreeMap<_, &str> = BTreeMap::new();
            for ExportColumn { set, within, name } in store::export_columns() {
                let label = language(locale).field(within, name);
                if is_for_programs(within, name) {
                    assert_eq!(label.filter(|_| name != "number"), None, "{locale:?} {name} is not shown");
                    continue;
                }
                let label = label.unwrap_or_else(|| panic!("{locale:?} has no label for {name}"));
                // A member of an act stands within it.
                let place = if within == "last_act" { within } else { "" };
                let other = labels.insert((set, place, label), name).unwrap_or(name);
                assert_eq!(other, name, "{locale:?} calls two columns of {set} {label:?}");
            }
        }
    }

    #[test]
    fn every_country_has_a_name_in_every_language() {
        for code in domain::countries().chain(["EU", "EEA"]) {
            let names = Locale::ALL.map(|locale| country(locale, code));
            assert!(names.iter().all(|name| name.is_some_and(|name| !name.is_empty())), "{code}: {names:?}");
        }
        assert!(COUNTRIES.lines().all(|line| line.starts_with('#') || line.split('\t').count() == 6));
        assert_eq!((country(Locale::De, "XX"), country(Locale::De, ""), country(Locale::De, "#")), (None, None, None));
    }

    #[test]
    fn the_kinds_of_data_of_the_delivered_registry_have_a_name_in_every_language() {
        let registry = Registry::parse(include_str!("../../../../config/purposes.json")).unwrap();
        let named: BTreeSet<_> =
            registry.all().flat_map(|standing| &standing.purpose.data_categories).map(String::as_str).collect();
        for locale in Locale::ALL {
            let known: BTreeSet<_> = language(locale).categories.iter().map(|(known, _)| *known).collect();
            assert_eq!(known, named, "{locale:?}");
        }
    }

    #[test]
    fn all_that_is_left_out_is_said_in_every_language() {
        let of_kinds = ItemKind::ALL.iter().filter_map(|kind| match kind.export() {
            Export::Left(why) => Some(why),
            // What is about nobody need not be explained to anybody.
            Export::Nobodys | Export::In(_) => None,
        });
        let wanted: BTreeSet<_> = of_kinds.chain(LEFT_OUT.iter().map(|(_, _, why)| *why)).collect();
        for locale in Locale::ALL {
            let said: BTreeSet<_> = language(locale).left.iter().map(|(why, _)| *why).collect();
            assert_eq!(said, wanted, "{locale:?}");
        }
    }

    #[test]
    fn the_languages_name_the_same_fields_and_borrow_no_sentence() {
        let names = |locale| language(locale).fields.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let sentences = |locale| -> BTreeSet<&str> {
            let Language { sets, left, .. } = language(locale);
            let of_sets = sets.iter().flat_map(|set| [set.purpose, set.source, set.kept]);
            of_sets.chain(left.iter().map(|(_, text)| *text)).collect()
        };
        for (at, locale) in Locale::ALL.into_iter().enumerate() {
            assert_eq!(names(locale), names(Locale::En), "{locale:?}");
            let labels: BTreeSet<_> = language(locale).fields.iter().map(|(name, _)| *name).collect();
            assert_eq!(labels.len(), names(locale).len(), "{locale:?} names a field twice");
            for other in Locale::ALL.into_iter().skip(at + 1) {
                let shared: Vec<_> = sentences(locale).intersection(&sentences(other)).copied().collect();
                assert!(shared.is_empty(), "{locale:?} and {other:?}: {shared:?}");
            }
        }
    }
}
