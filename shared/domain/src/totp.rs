//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, steps of 30 seconds, as every app
//! knows them.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use ring::hmac;

use crate::{Brand, Code, Email, Rng, Secret, Timestamp, equal};

/// What apps and we agree on.
#[derive(Clone, Copy, Debug)]
pub struct Totp;

const STEP_SECONDS: u64 = 30;
const DIGITS: u32 = 6;

impl Totp {
    /// A new secret: 160 bits, as many as SHA-1 gives (RFC 4226 §4).
    pub fn secret(rng: &Rng) -> Secret<Vec<u8>> {
        Secret::new(rng.bytes::<20>().to_vec())
    }

    /// The secret for those who type it.
    pub fn base32(secret: &Secret<Vec<u8>>) -> String {
        base32(secret.reveal())
    }

    /// The secret for those who scan it or tap on it.
    pub fn uri(secret: &Secret<Vec<u8>>, brand: &Brand, address: &Email) -> String {
        let (issuer, account) = (escaped(brand.name()), escaped(&address.reveal()));
        let secret = Self::base32(secret);
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
        )
    }

    /// The URI as a picture to scan; nothing where it is longer than any picture can hold, which no
    /// brand and address are.
    pub fn qr_svg(uri: &str) -> String {
        let Ok(code) = QrCode::with_error_correction_level(uri, EcLevel::L) else { return String::new() };
        code.render::<svg::Color<'_>>().min_dimensions(240, 240).build()
    }

    /// The step whose code this is, if it is that of now, of the one before or of the one after (§5.2), and
    /// later than the last that was accepted: it is to be kept as the next `last_step`.
    pub fn accept(secret: &Secret<Vec<u8>>, code: &Code, last_step: u64, now: Timestamp) -> Option<u64> {
        let present = u64::try_from(now.as_second()).unwrap_or_default() / STEP_SECONDS;
        let steps = present.saturating_sub(1)..=present + 1;
        let is_right = |step: &u64| equal(of_step(secret, *step).as_bytes(), code.reveal().as_bytes());
        // All are computed, whichever is right.
        let right: Vec<u64> = steps.filter(is_right).collect();
        right.into_iter().find(|step| *step > last_step)
    }

    /// The code that an app shows at `now`: for whoever plays the app.
    pub fn code(secret: &Secret<Vec<u8>>, now: Timestamp) -> String {
        of_step(secret, u64::try_from(now.as_second()).unwrap_or_default() / STEP_SECONDS)
    }
}

/// HOTP (RFC 4226 §5.3) of a step.
fn of_step(secret: &Secret<Vec<u8>>, step: u64) -> String {
    let width = DIGITS as usize;
    format!("{:0width$}", truncated(secret.reveal(), step) % 10_u32.pow(DIGITS))
}

fn truncated(secret: &[u8], step: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let offset = tag.as_ref().last().map_or(0, |last| usize::from(last & 15));
    let four = tag.as_ref().iter().skip(offset).take(4);
    four.fold(0, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff
}

/// RFC 4648 §6, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let group = |five: &[u8]| {
        let bits = five.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)) << (8 * (5 - five.len()));
        let letter =
            move |at: usize| ALPHABET.get((bits >> (35 - 5 * at)) as usize & 31).map_or('A', |l| char::from(*l));
        (0..(five.len() * 8).div_ceil(5)).map(letter).collect::<String>()
    };
    bytes.chunks(5).map(group).collect()
}

/// Percent-encoded, all but RFC 3986's unreserved characters.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn rfc() -> Secret<Vec<u8>> {
        Secret::new(b"12345678901234567890".to_vec())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn code(text: &str) -> Code {
        Code::parse(text).unwrap()
    }

    /// RFC 6238, appendix B: eight digits, of which we use six.
    #[test]
    fn the_vectors_of_rfc_6238() {
        for (second, eight) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = second / STEP_SECONDS;
            assert_eq!(truncated(rfc().reveal(), step) % 100_000_000, eight, "{second}");
            let six = format!("{:06}", eight % 1_000_000);
            let now = at(i64::try_from(second).unwrap());
            assert_eq!(Totp::code(&rfc(), now), six);
            assert_eq!(Totp::accept(&rfc(), &code(&six), 0, now), Some(step));
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_vectors_of_rfc_4226() {
        let known =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (step, known) in (0..).zip(known) {
            assert_eq!(of_step(&rfc(), step), known);
        }
    }

    #[test]
    fn a_clock_may_be_a_step_off_and_no_step_counts_twice() {
        let now = at(30 * 1000 + 7);
        let of = |step| code(&of_step(&rfc(), step));
        for (step, last, accepted) in [
            (998, 0, None),
            (999, 0, Some(999)),
            (1000, 0, Some(1000)),
            (1001, 0, Some(1001)),
            (1002, 0, None),
            (1000, 999, Some(1000)),
            (1000, 1000, None),
            (999, 1000, None),
            (1001, 1001, None),
        ] {
            assert_eq!(Totp::accept(&rfc(), &of(step), last, now), accepted, "{step} after {last}");
        }
        assert_eq!(Totp::accept(&rfc(), &code(&of_step(&rfc(), 0)), 0, at(0)), None, "0 is nobody's step");
    }

    /// RFC 4648 §10, without its padding.
    #[test]
    fn base_32() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), encoded);
        }
        assert_eq!(Totp::base32(&Totp::secret(&Rng::seeded([1; 32]))).len(), 32);
    }

    #[test]
    fn the_uri_is_the_apps_and_fits_a_picture() {
        let brand = |name: &str| Brand::new(&Settings::new([("BRAND_NAME", name)])).unwrap();
        let uri = Totp::uri(&rfc(), &brand("Ada & Söhne"), &Email::parse("ada+x@example.com").unwrap());
        assert_eq!(
            uri,
            "otpauth://totp/Ada%20%26%20S%C3%B6hne:ada%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Ada%20%26%20S%C3%B6hne&algorithm=SHA1&digits=6&period=30"
        );
        let picture = Totp::qr_svg(&uri);
        assert!(picture.starts_with("<?xml") && picture.trim_end().ends_with("</svg>"), "{picture}");
        let longest = Email::parse(&format!("{}@{}.example.com", "!".repeat(64), "a".repeat(63))).unwrap();
        assert!(!Totp::qr_svg(&Totp::uri(&rfc(), &brand(&"\u{1f511}".repeat(64)), &longest)).is_empty());
        assert_eq!(Totp::qr_svg(&"x".repeat(3000)), "");
    }
}
