//! German, about an account's safety.

use domain::{Notice, Timestamp};

use crate::texts::{Say, Words};

pub(super) fn words(what: &Notice, until: &Timestamp, say: &Say<'_>) -> Words {
    let Say { name, brand, .. } = say;
    let until = say.when(until);
    let safety = Words {
        subject: String::new(),
        preheader: "Wenn Sie es selbst waren, müssen Sie nichts tun.".into(),
        headline: String::new(),
        opening: vec![],
        afterwards: vec![format!(
            "Wenn Sie es nicht waren, beenden Sie hier alle Sitzungen Ihres Kontos. Das geht bis {until}."
        )],
        caution: "Melden Sie sich danach bitte neu an und ändern Sie Ihr Passwort: Vielleicht kennt es jemand anderes."
            .into(),
        reason: format!("Sie erhalten diese E-Mail, weil es um die Sicherheit Ihres Kontos bei {brand} geht."),
    };
    match what {
        Notice::FactorAdded { .. } => Words {
            subject: format!("Ihr Konto bei {name} hat eine neue Anmeldemethode"),
            headline: "Sie haben eine neue Anmeldemethode".into(),
            opening: vec![format!(
                "Zu Ihrem Konto bei {brand} wurde eine Anmeldemethode hinzugefügt. Wenn Sie es selbst waren, müssen Sie nichts tun."
            )],
            afterwards: vec![format!(
                "Wenn Sie es nicht waren, machen Sie sie hier unbrauchbar und beenden Sie damit alle Sitzungen Ihres Kontos. Das geht bis {until}."
            )],
            caution: "Setzen Sie danach bitte ein neues Passwort: Vielleicht kennt jemand anderes das alte. Wenn keine andere Methode mehr Ihr Konto schützt, kommen Sie nur durch eine Wiederherstellung wieder hinein, die eine Wartezeit hat.".into(),
            ..safety
        },
        Notice::FactorRemoved { .. } => Words {
            subject: format!("Eine Anmeldemethode Ihres Kontos bei {name} wurde entfernt"),
            headline: "Eine Anmeldemethode wurde entfernt".into(),
            opening: vec![format!(
                "Aus Ihrem Konto bei {brand} wurde eine Anmeldemethode entfernt. Wenn Sie es selbst waren, müssen Sie nichts tun."
            )],
            ..safety
        },
        Notice::NewDevice {} => Words {
            subject: format!("Neue Anmeldung bei Ihrem Konto bei {name}"),
            headline: "Jemand hat sich auf einem neuen Gerät angemeldet".into(),
            opening: vec![format!(
                "Jemand hat sich bei Ihrem Konto bei {brand} auf einem Gerät angemeldet, das wir noch nicht kennen. Wenn Sie es selbst waren, müssen Sie nichts tun."
            )],
            ..safety
        },
        Notice::RecoveryCodeUsed { left } => Words {
            subject: format!("Ein Wiederherstellungscode Ihres Kontos bei {name} wurde benutzt"),
            preheader: "Er gilt kein zweites Mal.".into(),
            headline: "Ein Wiederherstellungscode wurde benutzt".into(),
            opening: [
                Some(format!(
                    "Jemand hat sich bei Ihrem Konto bei {brand} mit einem Ihrer Wiederherstellungscodes angemeldet. Er gilt kein zweites Mal."
                )),
                match left {
                    0 => Some(
                        "Es war der letzte. Wenn Sie es selbst waren, erstellen Sie bitte in Ihrem Konto neue.".into(),
                    ),
                    1..=3 => Some(
                        "Es sind nur noch wenige übrig. Wenn Sie es selbst waren, erstellen Sie bitte bald in Ihrem Konto neue."
                            .into(),
                    ),
                    _ => None,
                },
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..safety
        },
        Notice::RecoveryCodesMade {} => Words {
            subject: format!("Ihr Konto bei {name} hat neue Wiederherstellungscodes"),
            headline: "Sie haben neue Wiederherstellungscodes".into(),
            opening: vec![format!(
                "Für Ihr Konto bei {brand} wurden neue Wiederherstellungscodes erstellt. Nur diese gelten jetzt, frühere nicht mehr. Wenn Sie es selbst waren, müssen Sie nichts tun."
            )],
            ..safety
        },
        Notice::PasskeyCopied { .. } => Words {
            subject: format!("Ein Passkey Ihres Kontos bei {name} wurde vielleicht kopiert"),
            preheader: "Sie können ihn aus dieser E-Mail unbrauchbar machen.".into(),
            headline: "Ein Passkey wurde vielleicht kopiert".into(),
            opening: vec![format!(
                "Ein Passkey Ihres Kontos bei {brand} wurde auf eine Weise benutzt, die auf eine Kopie hindeutet."
            )],
            afterwards: vec![format!(
                "Machen Sie ihn zur Sicherheit hier unbrauchbar und beenden Sie damit alle Sitzungen Ihres Kontos. Das geht bis {until}."
            )],
            caution: "Setzen Sie danach bitte ein neues Passwort und fügen Sie einen neuen Passkey hinzu. Wenn keine andere Methode mehr Ihr Konto schützt, kommen Sie nur durch eine Wiederherstellung wieder hinein, die eine Wartezeit hat.".into(),
            ..safety
        },
        Notice::SecondFactorRefused {} => Words {
            subject: format!("Vielleicht kennt jemand das Passwort Ihres Kontos bei {name}"),
            preheader: "Jemand hat es eingegeben, kam damit aber nicht hinein.".into(),
            headline: "Vielleicht kennt jemand Ihr Passwort".into(),
            opening: vec![
                format!(
                    "Jemand hat das richtige Passwort Ihres Kontos bei {brand} eingegeben und wurde dann mehrmals abgewiesen, weil der zweite Nachweis falsch war. So ist niemand in Ihr Konto gelangt."
                ),
                "Wenn Sie es selbst waren, müssen Sie nichts tun.".into(),
            ],
            afterwards: vec![format!(
                "Wenn Sie es nicht waren, machen Sie das Passwort hier unbrauchbar und beenden Sie damit alle Sitzungen Ihres Kontos. Das geht bis {until}."
            )],
            caution: "Wählen Sie danach bitte ein neues Passwort, das Sie nirgends sonst benutzen.".into(),
            ..safety
        },
        Notice::RecoveryStarted { ready_at } => Words {
            subject: format!("Jemand möchte Ihr Konto bei {name} wiederherstellen"),
            preheader: format!("Wenn Sie es nicht waren, können Sie das bis {until} ablehnen."),
            headline: "Jemand möchte Ihr Konto wiederherstellen".into(),
            opening: vec![
                format!(
                    "Jemand, vielleicht Sie selbst, möchte ohne eine der Anmeldemethoden, die es schützen, Zugang zu Ihrem Konto bei {brand} erhalten. Das ist ab {} möglich.",
                    say.when(ready_at)
                ),
                "Wenn Sie es selbst waren, kommen Sie dann einfach wieder.".into(),
            ],
            afterwards: vec![format!("Wenn Sie es nicht waren, lehnen Sie es hier ab. Das geht bis {until}.")],
            caution: "Ändern Sie danach bitte Ihr Passwort: Vielleicht kennt es jemand anderes.".into(),
            ..safety
        },
        Notice::RecoveryEnded {} => Words {
            subject: format!("Die Wiederherstellung Ihres Kontos bei {name} wurde abgebrochen"),
            preheader: "Jemand hat sich mit einer seiner Anmeldemethoden angemeldet.".into(),
            headline: "Die Wiederherstellung Ihres Kontos wurde abgebrochen".into(),
            opening: vec![
                format!(
                    "Jemand, vermutlich Sie selbst, hat sich bei Ihrem Konto bei {brand} mit einer der Anmeldemethoden angemeldet, die es schützen. Diese sind also nicht verloren, und die Wiederherstellung, von der wir Ihnen geschrieben haben, wurde abgebrochen."
                ),
                "Wenn Sie es selbst waren, müssen Sie nichts tun.".into(),
            ],
            ..safety
        },
        Notice::Recovered {} => Words {
            subject: format!("Ihr Konto bei {name} wurde wiederhergestellt"),
            preheader: "Die Anmeldemethoden, die es schützten, wurden entfernt.".into(),
            headline: "Ihr Konto wurde wiederhergestellt".into(),
            opening: vec![
                format!(
                    "Jemand hat durch die Wiederherstellung, von der wir Ihnen geschrieben haben, Zugang zu Ihrem Konto bei {brand} erhalten. Die Anmeldemethoden, die es schützten, wurden entfernt."
                ),
                "Wenn Sie es selbst waren, fügen Sie bitte in Ihrem Konto neue hinzu.".into(),
            ],
            ..safety
        },
        Notice::ExportRequested {} => Words {
            subject: format!("Eine Kopie der Daten Ihres Kontos bei {name} wurde angefordert"),
            headline: "Eine Kopie Ihrer Daten wurde angefordert".into(),
            opening: vec![format!("Jemand, der in Ihrem Konto bei {brand} angemeldet ist, hat eine Kopie aller Daten angefordert, die wir über Sie haben. Wenn Sie es selbst waren, müssen Sie nichts tun.")],
            afterwards: vec![format!("Wenn Sie es nicht waren, beenden Sie hier alle Sitzungen Ihres Kontos: Die Kopie kann dann nicht mehr abgerufen werden, falls das nicht schon geschehen ist. Das geht bis {until}.")],
            ..safety
        },
        Notice::ExportMade {} => Words {
            subject: format!("Wir haben eine Kopie der Daten Ihres Kontos bei {name} erstellt"),
            preheader: "Wenn Sie darum gebeten haben, müssen Sie nichts tun.".into(),
            headline: "Eine Kopie Ihrer Daten wurde erstellt".into(),
            opening: vec![format!("Sie haben uns um Ihre Daten gebeten, oder jemand in Ihrem Namen, und {brand} hat eine Kopie von allem erstellt, was wir über Sie haben, um sie zu übergeben. Wenn Sie es selbst waren, müssen Sie nichts tun.")],
            afterwards: vec![format!("Wenn Sie es nicht waren, beenden Sie hier alle Sitzungen Ihres Kontos: Die Kopie kann dann nicht mehr abgerufen werden, falls das nicht schon geschehen ist. Das geht bis {until}.")],
            caution: format!("Wenden Sie sich danach bitte sofort an {brand}."),
            ..safety
        },
    }
}
