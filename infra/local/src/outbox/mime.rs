//! Just enough of MIME to show a raw message: its subject, text and HTML.

use base64::{Engine, engine::general_purpose::STANDARD};

/// What is shown of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Reads a message. What is not understood is shown as it stands.
pub(crate) fn read(raw: &str) -> Parts {
    let raw = raw.replace("\r\n", "\n");
    let mut parts = Parts::default();
    collect(&raw, &mut parts);
    let (headers, _) = split(&raw);
    parts.subject = words(&header(&headers, "subject").unwrap_or_default());
    parts
}

fn collect(entity: &str, parts: &mut Parts) {
    let (headers, body) = split(entity);
    let kind = header(&headers, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    if let Some(boundary) = parameter(&kind, "boundary") {
        let delimiter = format!("--{boundary}");
        body.split(&*delimiter)
            .skip(1)
            .take_while(|part| !part.starts_with("--"))
            .for_each(|part| collect(part.trim_start_matches('\n'), parts));
        return;
    }
    let encoding = header(&headers, "content-transfer-encoding").unwrap_or_default();
    let text = match encoding.to_lowercase().as_str() {
        "base64" => {
            let letters: String = body.split_whitespace().collect();
            STANDARD.decode(letters).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).ok()
        }
        "quoted-printable" => Some(quoted(&body.replace("=\n", ""), '=')),
        _ => None,
    };
    let text = text.unwrap_or_else(|| body.to_owned());
    match kind.to_lowercase().starts_with("text/html") {
        true => parts.html.push_str(&text),
        false => parts.text.push_str(&text),
    }
}

/// Headers, unfolded, and body.
fn split(entity: &str) -> (String, &str) {
    let (headers, body) = entity.split_once("\n\n").unwrap_or((entity, ""));
    (headers.replace("\n ", " ").replace("\n\t", " "), body)
}

fn header(headers: &str, name: &str) -> Option<String> {
    headers
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).filter_map(|pair| pair.split_once('=')).find_map(|(found, value)| {
        let value = value.trim().trim_matches('"');
        found.trim().eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

/// RFC 2047's encoded words in a header.
fn words(value: &str) -> String {
    let mut shown = String::new();
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?") {
        // white space between encoded words is not shown
        if shown.is_empty() || !before.trim().is_empty() {
            shown.push_str(before);
        }
        let mut fields = word.splitn(3, '?');
        let (_, encoding, tail) = (fields.next(), fields.next(), fields.next().unwrap_or_default());
        let (text, after) = tail.split_once("?=").unwrap_or((tail, ""));
        match encoding {
            Some("B" | "b") => {
                let bytes = STANDARD.decode(text).unwrap_or_default();
                shown.push_str(&String::from_utf8_lossy(&bytes));
            }
            _ => shown.push_str(&quoted(&text.replace('_', " "), '=')),
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

fn quoted(text: &str, sign: char) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(sign) {
        bytes.extend(before.as_bytes());
        match after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.extend(sign.to_string().as_bytes());
                rest = after;
            }
        }
    }
    bytes.extend(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_two_parts_is_read() {
        let raw = "From: a@b.example\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n =?utf-8?Q?_an_alle?=\r\n\
            Content-Type: multipart/alternative;\r\n boundary=\"x\"\r\n\r\n--x\r\n\
            Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Gr=C3=BC=\r\n=C3=9Fe\r\n--x\r\nContent-Type: text/html\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nPGI+eDwvYj4=\r\n--x--\r\n";
        let parts = read(raw);
        assert_eq!(parts.subject, "Grüße an alle");
        assert_eq!((parts.text.trim(), parts.html.as_str()), ("Grüße", "<b>x</b>"));
    }
}
