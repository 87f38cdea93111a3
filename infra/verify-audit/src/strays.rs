//! What stands in the table and in no chain: customers and administrators would be shown it.

use crate::Log;
use crate::report::{Kind, Report};
use crate::table::{self, Item, ReadError, chain_name, number, text};

pub(crate) async fn look(log: &Log, chains: u8, report: &mut Report) -> Result<(), ReadError> {
    let names: Vec<_> = (0..chains).map(chain_name).collect();
    let mut start = None;
    loop {
        let (items, next) = table::everything(log, start).await?;
        for item in items.iter().filter(|item| !is_known(item, &names)) {
            let what = format!("{} {} is in the table and in no chain", text(item, "pk"), text(item, "sk"));
            report.item(Kind::Added, what);
        }
        start = next;
        if start.is_none() {
            return Ok(());
        }
    }
}

/// A head, a root, or an entry that the index has: the walk has seen to it.
fn is_known(item: &Item, names: &[String]) -> bool {
    let is_chain = |name: &str| names.iter().any(|known| known == name);
    match (text(item, "pk"), text(item, "sk")) {
        (pk, "HEAD") => pk == "ROOT" || is_chain(pk),
        ("ROOT", _) => true,
        _ => is_chain(text(item, "chain")) && number::<u64>(item, "seq").is_some_and(|seq| seq > 0),
    }
}
