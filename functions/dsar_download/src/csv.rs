//! CSV after RFC 4180, that a spreadsheet opens as text: nothing in it is a formula.

use serde_json::Value;
use store::Record;

/// Says that it is UTF-8 to programs that would guess otherwise.
pub(crate) const MARK: &str = "\u{feff}";

/// The first line.
pub(crate) fn header(columns: &[String]) -> String {
    line(columns.iter().map(|column| quoted(column)))
}

/// A record's line.
pub(crate) fn row(columns: &[String], record: &Record) -> String {
    line(columns.iter().map(|column| record.cell(column).map(cell).unwrap_or_default()))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        // A number is one, whatever its sign.
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => quoted(&value.to_string()),
    }
}

/// A text in quotes. What a spreadsheet would take for a formula begins with an apostrophe, as the OWASP recommends:
/// also within the text, where one that splits lines in its own way would begin a cell.
fn quoted(text: &str) -> String {
    let mut cell = String::from("\"");
    if text.starts_with(['\t', '\r', '\n']) {
        cell.push('\'');
    }
    let mut begins = true;
    for c in text.chars() {
        if begins && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            cell.push('\'');
        }
        begins = matches!(c, ';' | '|' | '\t' | '\r' | '\n') || (begins && matches!(c, ' ' | '"'));
        cell.push(c);
        if c == '"' {
            cell.push(c);
        }
    }
    cell.push('"');
    cell
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        for (value, text) in [
            (json!("Ada"), "\"Ada\""),
            (json!("a \"b\", c\r\nd"), "\"a \"\"b\"\", c\r\nd\""),
            (json!("=HYPERLINK(\"http://evil\")"), "\"'=HYPERLINK(\"\"http://evil\"\")\""),
            (json!("+49 30"), "\"'+49 30\""),
            (json!("-1"), "\"'-1\""),
            (json!("@SUM(1)"), "\"'@SUM(1)\""),
            (json!("\t=1"), "\"'\t'=1\""),
            (json!("\r=1"), "\"'\r'=1\""),
            (json!("\n1"), "\"'\n1\""),
            (json!("x;=1"), "\"x;'=1\""),
            (json!("x\r\n@a"), "\"x\r\n'@a\""),
            (json!("x; \"+1"), "\"x; \"\"'+1\""),
            (json!("x = 1 - 2"), "\"x = 1 - 2\""),
            (json!("＝1"), "\"'＝1\""),
            (json!(-1), "-1"),
            (json!(true), "true"),
            (json!(null), ""),
            (json!(["=1"]), "\"[\"\"=1\"\"]\""),
        ] {
            assert_eq!(cell(&value), text);
        }
    }

    #[test]
    fn a_row_has_every_column() {
        let columns = ["a", "b.c", "d"].map(str::to_owned);
        let record = Record(vec![("b".into(), json!({"c": 1})), ("a".into(), json!("x"))]);
        assert_eq!(header(&columns), "\"a\",\"b.c\",\"d\"\r\n");
        assert_eq!(row(&columns, &record), "\"x\",1,\r\n");
    }
}
