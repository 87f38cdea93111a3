//! Every message in every language.

use domain::{
    Code, CustomerId, DsarId, DsarKind, EndReason, ErasureBy, Locale, Method, Rng, Secret, Settings, Timestamp,
};

use super::*;
use crate::Rendered;

const ISSUER: &str = "https://id.example.com";
const HOSTILE: &str = "<img src=x onerror=alert(1)> & \"Söhne\" {{7*7}} %s";

fn brand(name: &str, color: &str) -> Brand {
    Brand::new(&Settings::new([
        ("BRAND_NAME", name),
        ("BRAND_COLOR", color),
        ("SUPPORT_URL", "https://example.com/help?a=1&b=2"),
    ]))
    .unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn messages() -> Vec<Message> {
    let code = || Code::parse("402917").unwrap();
    vec![
        Message::Registration {
            code: code(),
            link: Secret::new(format!("{ISSUER}/verify?t=txn_abc&x=1")),
            expires_at: at("2025-11-23T14:42:10Z"),
        },
        Message::AlreadyRegistered {},
        Message::EmailChange { code: code(), expires_at: at("2025-11-23T14:42:10Z") },
        Message::EmailChanged {
            new_masked: "e•••@example.net".into(),
            undo_link: Secret::new(format!("{ISSUER}/verify/undo?t=txn_def")),
            undo_until: at("2025-11-30T14:32:10Z"),
            at: at("2025-11-23T14:32:10Z"),
        },
        Message::SignInCode { code: code(), expires_at: at("2025-11-23T14:42:10Z") },
        Message::SignInLink {
            link: Secret::new("https://shop.example.net/signed-in?token=lnk_ghi&x=1".into()),
            expires_at: at("2025-11-23T14:42:10Z"),
        },
        Message::FactorCode { code: code(), expires_at: at("2025-11-23T14:42:10Z") },
        Message::PasswordReset {
            code: code(),
            link: Secret::new(format!("{ISSUER}/password?token=lnk_jkl")),
            expires_at: at("2025-11-23T14:42:10Z"),
        },
        Message::NoAccount {},
        Message::ConsentOptIn {
            title: "Our newsletter".into(),
            link: Secret::new(format!("{ISSUER}/consents/confirm?token=lnk_stu")),
            expires_at: at("2025-11-30T14:32:10Z"),
        },
        password_changed("Firefox, Windows", Some("Lyon, France")),
        Message::SessionsEnded { at: at("2025-11-23T14:32:10Z"), reason: EndReason::RefreshReuse },
        Message::SessionsEnded { at: at("2025-11-23T14:32:10Z"), reason: EndReason::EmailChangeUndone },
        request_due(false),
        request_due(true),
    ]
    .into_iter()
    .chain(notices().map(notice))
    .chain(endings())
    .collect()
}

fn endings() -> Vec<Message> {
    let (asked, due_at) = (at("2025-11-23T14:32:10Z"), at("2025-12-07T14:32:10Z"));
    let link = || Secret::new(format!("{ISSUER}/erasure/withdraw?token=lnk_stu"));
    let requested = |by, link| Message::ErasureRequested { at: asked, due_at, on_hold_until: None, by, link };
    let (by, on_hold_until) = (ErasureBy::Customer, Some(held_until()));
    vec![
        Message::ErasureRequested { at: asked, due_at, on_hold_until, by, link: Some(link()) },
        Message::ErasureOnHold { until: held_until() },
        requested(ErasureBy::Customer, Some(link())),
        requested(ErasureBy::Administrator, Some(link())),
        requested(ErasureBy::Inactivity, Some(link())),
        requested(ErasureBy::Customer, None),
        Message::ErasureWithdrawn { at: asked },
        Message::Erased { link: Secret::new(format!("{ISSUER}/v1/erasure/certificate?receipt=cus_vwx.yz")) },
        Message::Inactive { until: due_at, on_hold_until: None },
        Message::Inactive { until: due_at, on_hold_until },
    ]
}

fn held_until() -> Timestamp {
    at("2027-06-30T09:15:00Z")
}

fn request_due(is_overdue: bool) -> Message {
    let customer = CustomerId::from_bytes([7; 16]);
    let request = DsarId::generate(customer, at("2025-11-23T14:32:10Z"), &Rng::seeded([8; 32]));
    Message::RequestDue { request, asked: DsarKind::Access, due_at: at("2025-12-23T14:32:10Z"), is_overdue }
}

fn notices() -> [Notice; 12] {
    let (method, name) = (Method::Totp, "My old phone".to_owned());
    [
        Notice::FactorAdded { method, name: name.clone() },
        Notice::FactorRemoved { method, name: name.clone() },
        Notice::NewDevice {},
        Notice::RecoveryCodeUsed { left: 9 },
        Notice::RecoveryCodesMade {},
        Notice::PasskeyCopied { name },
        Notice::SecondFactorRefused {},
        Notice::RecoveryStarted { ready_at: at("2025-11-26T14:32:10Z") },
        Notice::RecoveryEnded {},
        Notice::Recovered {},
        Notice::ExportRequested {},
        Notice::ExportMade {},
    ]
}

fn notice(what: Notice) -> Message {
    Message::Notice {
        what,
        at: at("2025-11-23T14:32:10Z"),
        device: "Firefox, Windows".into(),
        place: Some("Lyon, France".into()),
        link: Secret::new(format!("{ISSUER}/undo?token=lnk_mno")),
        until: at("2025-11-30T14:32:10Z"),
    }
}

fn password_changed(device: &str, place: Option<&str>) -> Message {
    Message::PasswordChanged {
        at: at("2025-11-23T14:32:10Z"),
        device: device.into(),
        place: place.map(str::to_owned),
        link: Secret::new(format!("{ISSUER}/undo?token=lnk_pqr")),
        until: at("2025-11-30T14:32:10Z"),
    }
}

fn delivery(locale: Locale, message: Message) -> Delivery {
    Delivery {
        to: Email::parse("ada@example.com").unwrap().into(),
        locale,
        issuer: ISSUER.into(),
        jurisdiction: None,
        message,
    }
}

fn render(delivery: &Delivery, brand: &Brand) -> Mail {
    match crate::render(delivery, brand).unwrap() {
        Rendered::Mail(mail) => mail,
        Rendered::Sms(sms) => panic!("{sms:?}"),
    }
}

fn everything(brand: &Brand) -> Vec<(Locale, Message, Mail)> {
    let each = |locale| messages().into_iter().map(move |message| (locale, message));
    let all = Locale::ALL.into_iter().flat_map(each);
    all.map(|(locale, message)| (locale, message.clone(), render(&delivery(locale, message), brand))).collect()
}

/// What a reader of the HTML sees: its text, without tags and entities.
fn seen(html: &str) -> String {
    let body = html.split("<body").nth(1).unwrap();
    let text: String = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text, |text, (entity, character)| text.replace(entity, character))
}

#[test]
fn both_parts_say_everything() {
    for (locale, message, mail) in everything(&brand("Acme", "#0b3d91")) {
        let case = format!("{locale:?} {}", mail.kind);
        let html = seen(&mail.html);
        for line in mail.text.lines().filter(|line| !line.is_empty() && *line != "—") {
            let line = line.strip_suffix(':').unwrap_or(line).trim_end();
            let found = line.split(": ").all(|part| html.contains(part));
            assert!(found, "{case}: {line:?} is not in the HTML");
        }
        if let Some(code) = code(&message) {
            assert!(mail.text.contains(&format!("\n{code}\n")), "{case}");
            assert!(mail.html.contains(&format!("<bdi dir=\"ltr\">{code}</bdi>")), "{case}");
            assert!(!mail.subject.contains(code), "{case}");
        }
        if let Some((_, link)) = button(&message, &language(locale).labels) {
            assert!(mail.text.contains(&format!("\n{link}\n")), "{case}");
            assert!(mail.html.contains(&format!("href=\"{}\"", link.replace('&', "&#38;"))), "{case}");
        }
        let is_timeless =
            matches!(message, Message::AlreadyRegistered {} | Message::NoAccount {} | Message::Erased { .. });
        assert!(mail.text.contains("UTC") || is_timeless, "{case}");
        assert!(mail.text.contains("https://example.com/help?a=1&b=2"), "{case}");
        assert_eq!(mail.to.reveal(), "ada@example.com");
        assert_eq!(format!("{mail:?}"), format!("Mail({}, ***)", mail.kind));
    }
}

#[test]
fn the_languages_differ_and_only_arabic_runs_from_right_to_left() {
    let mut subjects: Vec<String> = vec![];
    for (locale, _, mail) in everything(&brand("Acme", "#0b3d91")) {
        assert_eq!(mail.html.contains("dir=\"rtl\""), locale == Locale::Ar, "{locale:?} {}", mail.kind);
        assert!(mail.html.contains(&format!("<html lang=\"{}\"", locale.tag())));
        subjects.push(mail.subject);
    }
    let count = subjects.len();
    subjects.sort_unstable();
    subjects.dedup();
    // An erasure that was asked for has one subject, whoever asked, whether it can be withdrawn by mail, and
    // whether it has to wait; and so has one that is announced.
    assert_eq!((subjects.len(), count), (185 - (4 + 1) * 5, 185));
}

#[test]
fn a_hold_is_said_in_a_fact_and_in_words_and_where_there_is_none_nothing_is() {
    for (locale, message, mail) in everything(&brand("Acme", "#0b3d91")) {
        let (label, until) = (language(locale).labels.on_hold_until, domain::when(locale, held_until()));
        let is_held = match message {
            Message::ErasureOnHold { .. } => true,
            Message::ErasureRequested { on_hold_until, .. } | Message::Inactive { on_hold_until, .. } => {
                on_hold_until.is_some()
            }
            _ => false,
        };
        let case = format!("{locale:?} {}", mail.kind);
        assert_eq!(mail.text.contains(label), is_held, "{case}");
        assert_eq!(mail.text.matches(&until).count(), if is_held { 2 } else { 0 }, "{case}: {}", mail.text);
    }
}

#[test]
fn a_hostile_name_stays_a_name() {
    for (locale, _, mail) in everything(&brand(HOSTILE, "#0b3d91")) {
        assert!(!mail.html.contains("<img"), "{locale:?} {}", mail.kind);
        assert!(seen(&mail.html).contains(HOSTILE) && mail.text.contains(HOSTILE), "{locale:?} {}", mail.kind);
        assert!(!mail.subject.chars().any(char::is_control));
    }
}

#[test]
fn a_name_with_a_mark_of_its_own_ends_a_sentence() {
    for (locale, _, mail) in everything(&brand("Acme Inc.", "#0b3d91")) {
        assert!(!mail.text.contains("..") && !mail.text.contains(".\u{2069}."), "{locale:?}: {}", mail.text);
    }
}

#[test]
fn what_others_had_a_hand_in_stays_one_line_of_text() {
    let device = "<script>alert(1)</script>\r\nVisit: https://evil.example\u{202e}";
    let message = password_changed(device, Some(&"x".repeat(5_000)));
    let mail = render(&delivery(Locale::En, message), &brand("Acme", "#0b3d91"));
    assert!(!mail.html.contains("<script") && !mail.html.contains('\u{202e}'));
    assert!(mail.text.contains("Device: <script>alert(1)</script>Visit: https://evil.example\n"));
    assert!(mail.text.contains(&format!("Place: {}\n", "x".repeat(120))));
}

#[test]
fn no_line_is_too_long_for_smtp() {
    let widest: String = "\u{1f9ff}".repeat(64);
    for (locale, _, mail) in everything(&brand(&widest, "#0b3d91")) {
        let longest = mail.text.lines().map(str::len).max().unwrap();
        assert!(longest <= 998, "{locale:?} {}: {longest}", mail.kind);
        assert!(mail.html.len() < 60_000, "Gmail clips a mail at 102 KB");
    }
}

#[test]
fn a_notice_says_what_it_is_about() {
    let brand = brand("Acme", "#0b3d91");
    let text = |what: Notice| render(&delivery(Locale::En, notice(what)), &brand).text;
    let (method, name) = (Method::Passkey, "Blue key\nName: other".to_owned());
    assert!(text(Notice::FactorAdded { method, name }).contains(
        "Method: Passkey\nName: Blue keyName: other\nWhen: 23 November 2025, 14:32 UTC\nDevice: Firefox, Windows\nPlace: Lyon, France\n"
    ));
    let codes = [0, 3, 4].map(|left| text(Notice::RecoveryCodeUsed { left }));
    assert!(codes[0].contains("the last one") && codes[0].contains("Codes left: 0\n"));
    assert!(codes[1].contains("Few are left") && codes[1].contains("Codes left: 3\n"));
    assert!(!codes[2].contains("are left") && codes[2].contains("Codes left: 4\n"));
    let recovery = text(Notice::RecoveryStarted { ready_at: at("2025-11-26T14:32:10Z") });
    assert!(recovery.contains("from 26 November 2025, 14:32 UTC") && recovery.contains("\nRefuse:\nhttps://"));
    for what in notices().into_iter().filter(|what| !matches!(what, Notice::RecoveryStarted { .. })) {
        assert!(text(what).contains("\nThis wasn’t me:\nhttps://id.example.com/undo?"));
    }
}

#[test]
fn every_method_has_a_name_of_its_own() {
    const METHODS: [Method; 7] = [
        Method::Passkey,
        Method::Totp,
        Method::Sms,
        Method::Email,
        Method::RecoveryCode,
        Method::Password,
        Method::DelayedRecovery,
    ];
    for locale in Locale::ALL {
        let mut names = METHODS.map(language(locale).method);
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1]) && !names[0].is_empty(), "{names:?}");
    }
}

#[test]
fn a_link_to_sign_in_leads_to_an_app() {
    let written = |link: &str| {
        let message = Message::SignInLink { link: Secret::new(link.into()), expires_at: at("2025-11-23T14:42:10Z") };
        let mail = render(&delivery(Locale::En, message), &brand("Acme", "#0b3d91"));
        let (text, html) = (mail.text.contains("\nSign in:\n"), mail.html.contains("href=\"http"));
        assert!(mail.html.contains(">Sign in<") == text && html, "{link}");
        text
    };
    for right in [
        "https://shop.example.net/in?token=lnk_x",
        "https://id.example.com/in",
        "https://shop.example.net:8443?token=lnk_x",
        "http://localhost:3000/in?token=lnk_x",
        "http://127.0.0.1/in#lnk_x",
    ] {
        assert!(written(right), "{right}");
    }
    for wrong in [
        "http://shop.example.net/in",
        "http://localhost.evil.example/in",
        "http://localhost:80@evil.example/in",
        "https://shop.example.net@evil.example/in",
        "https:///in",
        "https://shop.example.net:x/in",
        "javascript:alert(1)",
        "javascript://shop.example.net/%0aalert(1)",
        "shop://in?token=lnk_x",
        "https://shop.example.net/in\r\nX: y",
        "/in",
    ] {
        assert!(!written(wrong), "{wrong}");
    }
    assert!(!written(&format!("https://shop.example.net/{}", "x".repeat(900))));
}

#[test]
fn only_links_to_the_issuer_are_written() {
    for link in [
        "https://id.example.com.evil.example/verify",
        "https://id.example.com@evil.example/verify",
        "https://evil.example/https://id.example.com/verify",
        "javascript:alert(1)",
        "https://id.example.com/verify\r\nX: y",
        "/verify",
    ] {
        let message = Message::Registration {
            code: Code::parse("402917").unwrap(),
            link: Secret::new(link.into()),
            expires_at: at("2025-11-23T14:42:10Z"),
        };
        let mail = render(&delivery(Locale::En, message), &brand("Acme", "#0b3d91"));
        assert!(!mail.html.contains("Confirm address") && !mail.text.contains("Confirm address"), "{link}");
        assert!(mail.text.contains("402917") && !mail.text.contains("evil"), "{link}");
    }
}

#[test]
fn every_text_can_be_read_on_its_ground() {
    let hex = |text: &str| Color::parse("", text).unwrap();
    for color in ["#000", "#fff", "#ffd400", "#767676", "#777", "#0b3d91", "#e4002b", "#00a86b", "#1c1d20"] {
        let (brand, message) = (brand("Acme", color), messages().swap_remove(0));
        let html = render(&delivery(Locale::En, message), &brand).html;
        let ink = brand.color().ink();
        assert!(brand.color().contrast(ink) >= 4.5, "{color}");
        assert!(html.contains(&format!("background:{};color:{ink};", brand.color())), "{color}");
        for ground in [Color::WHITE, hex("#1c1d20")] {
            let line =
                brand.color().line_on(ground, if ground == Color::WHITE { hex("#70747c") } else { hex("#9a9ea8") });
            assert!(line.contrast(ground) >= 3.0, "{color} on {ground}");
        }
    }
    for (text, grounds) in [
        ("#17181a", ["#ffffff", "#f5f6f8"]),
        ("#565a63", ["#ffffff", "#f5f6f8"]),
        ("#f2f2f3", ["#1c1d20", "#2a2c30"]),
        ("#b4b6bc", ["#1c1d20", "#2a2c30"]),
    ] {
        for ground in grounds {
            assert!(hex(text).contrast(hex(ground)) >= 4.5, "{text} on {ground}");
        }
    }
}
