//! German: what values are called.

use domain::ActKind;

use super::Unit;

/// Values that are words for programs.
pub(in crate::texts) static WORDS: [(&str, &str); 67] = [
    ("account", "Konto"),
    ("profile", "Profil"),
    ("password", "Passwort"),
    ("factors", "Anmeldemethoden"),
    ("factor", "Anmeldemethode"),
    ("recovery", "Wiederherstellung"),
    ("consent", "Einwilligung"),
    ("decision", "Entscheidung"),
    ("preferences", "Einstellungen"),
    ("activity", "zuletzt gesehen"),
    ("erasure", "Löschung"),
    ("request", "Anfrage"),
    ("app", "App"),
    ("session", "Sitzung"),
    ("device", "Gerät"),
    ("act", "Handlung"),
    ("Unknown device", "unbekanntes Gerät"),
    ("active", "aktiv"),
    ("locked", "gesperrt"),
    ("erasure_pending", "wird gelöscht"),
    ("erasing", "wird gerade gelöscht"),
    ("closed", "geschlossen"),
    ("granted", "zugestimmt"),
    ("refused", "abgelehnt"),
    ("withdrawn", "zurückgezogen"),
    ("pending", "wartet auf Bestätigung"),
    ("registration", "bei der Registrierung"),
    ("double_opt_in", "über die Schaltfläche in einer E-Mail"),
    ("unsubscribe", "über den Link zum Abmelden"),
    ("gpc", "durch das Signal des Browsers"),
    ("access", "Auskunft"),
    ("portability", "Datenübertragbarkeit"),
    ("rectification", "Berichtigung"),
    ("objection", "Widerspruch"),
    ("restriction", "Einschränkung"),
    ("gdpr", "Datenschutz-Grundverordnung (DSGVO)"),
    ("ccpa", "Kalifornisches Verbraucherdatenschutzgesetz (CCPA)"),
    ("fulfilled", "erfüllt"),
    ("partly_fulfilled", "teilweise erfüllt"),
    ("immediately", "sofort"),
    ("daily", "einmal am Tag"),
    ("weekly", "einmal in der Woche"),
    ("monthly", "einmal im Monat"),
    ("customer", "Sie"),
    ("you", "Sie"),
    ("administrator", "der Kundendienst"),
    ("inactivity", "lange kein Besuch"),
    ("system", "das System"),
    ("anonymous", "jemand, der nicht angemeldet war"),
    ("service", "Dienst"),
    ("mailed_password", "per E-Mail gesetztes Passwort"),
    ("email", "Code per E-Mail"),
    ("sms", "Code per SMS"),
    ("totp", "Authenticator-App"),
    ("recovery_code", "Wiederherstellungscode"),
    ("passkey", "Passkey"),
    ("delayed_recovery", "Wiederherstellung nach einer Wartezeit"),
    ("contract", "Vertrag"),
    ("legal_obligation", "rechtliche Verpflichtung"),
    ("vital_interests", "lebenswichtige Interessen"),
    ("public_task", "Aufgabe im öffentlichen Interesse"),
    ("legitimate_interests", "berechtigte Interessen"),
    ("en", "Englisch"),
    ("de", "Deutsch"),
    ("fr", "Französisch"),
    ("es", "Spanisch"),
    ("ar", "Arabisch"),
];

/// The kinds of data that `config/purposes.json` names.
pub(in crate::texts) static CATEGORIES: [(&str, &str); 6] = [
    ("email address", "E-Mail-Adresse"),
    ("profile", "Profil"),
    ("sign-in records", "Verzeichnis der Anmeldungen"),
    ("preferences", "Einstellungen"),
    ("use of the app", "Nutzung der App"),
    ("purchases", "Einkäufe"),
];

/// Between the parts of a list.
pub(in crate::texts) const COMMA: &str = ", ";

/// Before the others and before the last part of a span of time.
pub(in crate::texts) const AND: [&str; 2] = [", ", " und "];

/// A span of time.
pub(in crate::texts) fn span(count: u32, unit: Unit) -> String {
    let [one, more] = match unit {
        Unit::Years => ["Jahr", "Jahre"],
        Unit::Months => ["Monat", "Monate"],
        Unit::Weeks => ["Woche", "Wochen"],
        Unit::Days => ["Tag", "Tage"],
    };
    format!("{count} {}", if count == 1 { one } else { more })
}

/// What was done.
pub(in crate::texts) fn act(kind: ActKind) -> &'static str {
    match kind {
        ActKind::RegistrationStarted => "Eine Registrierung begann",
        ActKind::CodeResent => "Ein Code wurde erneut verlangt",
        ActKind::CodeTried => "Ein Code oder Link wurde versucht",
        ActKind::CustomerCreated => "Das Konto wurde angelegt",
        ActKind::SessionStarted => "Angemeldet",
        ActKind::SessionRefreshed => "Eine Sitzung wurde fortgesetzt",
        ActKind::SessionSeen => "Eine Sitzung wurde benutzt",
        ActKind::SessionEnded => "Eine Sitzung wurde beendet",
        ActKind::SessionsEnded => "Alle Sitzungen wurden beendet",
        ActKind::RefreshReused => "Das Merkmal einer Sitzung wurde zweimal benutzt und die Sitzung beendet",
        ActKind::CodeReused => "Der Code einer App-Anmeldung wurde zweimal benutzt und ihre Sitzung beendet",
        ActKind::AuthorizationRequested => "Eine App bat um eine Anmeldung",
        ActKind::AuthorizationGranted => "Bei einer App angemeldet",
        ActKind::AuthorizationRefused => "Die Anmeldung bei einer App wurde abgelehnt",
        ActKind::AppRevoked => "Einer App ist nichts mehr erlaubt",
        ActKind::SignInPending => "Eine Anmeldung wartet auf einen weiteren Nachweis",
        ActKind::CodeRequested => "Ein Code wurde verlangt",
        ActKind::ChallengeMade => "Ein Nachweis wurde verlangt",
        ActKind::SessionSteppedUp => "In einer Sitzung wurde mehr nachgewiesen",
        ActKind::FactorAdded => "Eine Anmeldemethode wurde hinzugefügt",
        ActKind::FactorChanged => "Eine Anmeldemethode wurde geändert",
        ActKind::FactorRemoved => "Eine Anmeldemethode wurde entfernt",
        ActKind::RecoveryCodesMade => "Neue Wiederherstellungscodes wurden erstellt",
        ActKind::DeviceDistrusted => "Einem Gerät wird nicht mehr vertraut",
        ActKind::SecondFactorRefused => "Ein zweiter Schritt wurde mehrmals abgelehnt",
        ActKind::PasskeySuspected => "Ein Passkey wurde vielleicht kopiert",
        ActKind::RecoveryStarted => "Eine Wiederherstellung wurde verlangt",
        ActKind::RecoveryRefused => "Eine Wiederherstellung wurde abgelehnt",
        ActKind::AccountSecured => {
            "Das Konto wurde gesichert und rückgängig gemacht, was jemand anders getan haben kann"
        }
        ActKind::ProfileChanged => "Das Profil wurde geändert",
        ActKind::PasswordChanged => "Das Passwort wurde geändert",
        ActKind::PasswordRehashed => "Der Fingerabdruck des Passworts wurde neu erstellt",
        ActKind::EmailChangeStarted => "Eine andere Adresse wurde verlangt",
        ActKind::EmailChanged => "Die Adresse wurde geändert",
        ActKind::EmailChangeUndone => "Die Adressänderung wurde rückgängig gemacht",
        ActKind::ConsentGranted => "Einem Zweck zugestimmt",
        ActKind::ConsentPending => "Einem Zweck zugestimmt; die Bestätigung steht aus",
        ActKind::ConsentWithdrawn => "Einen Zweck abgelehnt oder die Zustimmung zurückgezogen",
        ActKind::PreferencesChanged => "Die Einstellungen wurden geändert",
        ActKind::PurposeChanged => "Ein Zweck bekam eine neue Fassung",
        ActKind::ClientRegistered => "Eine App wurde registriert",
        ActKind::ClientChanged => "Die Registrierung einer App wurde geändert",
        ActKind::ClientRemoved => "Eine App wurde entfernt",
        ActKind::ClientSecretAdded => "Eine App bekam ein weiteres Geheimnis",
        ActKind::ClientSecretRemoved => "Ein Geheimnis einer App wurde entfernt",
        ActKind::BrandChanged => "Eine Marke wurde geändert",
        ActKind::BrandRemoved => "Eine Marke wurde entfernt",
        ActKind::MailSent => "Eine E-Mail wurde gesendet",
        ActKind::MailDeferred => "Eine E-Mail konnte noch nicht gesendet werden",
        ActKind::AddressSuppressed => "E-Mail an die Adresse kam zurück",
        ActKind::LimitReached => "Etwas wurde zu oft versucht",
        ActKind::ErasureRequested => "Die Löschung wurde verlangt",
        ActKind::ErasureWithdrawn => "Die Löschung wurde zurückgenommen",
        ActKind::ErasureBegun => "Die Löschung begann",
        ActKind::ErasureDone => "Das Konto wurde gelöscht",
        ActKind::HoldPlaced | ActKind::HoldPlacedUntold => "Eine gesetzliche Sperre der Löschung wurde gesetzt",
        ActKind::HoldLifted | ActKind::HoldLiftedUntold => "Eine gesetzliche Sperre der Löschung wurde aufgehoben",
        ActKind::CustomerInactive => "Nach langer Abwesenheit erinnert",
        ActKind::CustomerSeen => "Vermerkt, dass das Konto benutzt wird",
        ActKind::ExportRequested => "Eine Kopie der Daten wurde verlangt",
        ActKind::ExportDownloaded => "Eine Kopie der Daten wurde heruntergeladen",
        ActKind::CustomerLookedUp => "Der Kundendienst hat das Konto nachgeschlagen",
        ActKind::RequestRecorded => "Eine Anfrage zu den Daten wurde vermerkt",
        ActKind::RequestExtended => "Eine Anfrage bekam mehr Zeit",
        ActKind::RequestHandedOver => "Eine Kopie wurde zur Übergabe erstellt",
        ActKind::RequestReminded => "Der Kundendienst wurde an eine Anfrage erinnert",
        ActKind::RequestClosed => "Eine Anfrage wurde abgeschlossen",
        ActKind::KeyRotated => "Ein Schlüssel des Systems wurde erneuert",
        ActKind::TransferRefused => {
            "Eine Nachricht wurde nicht gesendet: Es gibt keine Rechtsgrundlage, Daten dorthin zu senden"
        }
        ActKind::AuditSearched => "Der Kundendienst hat die Handlungen durchsucht",
        ActKind::JurisdictionChanged => "Geändert, wessen Recht das Konto schützt",
    }
}
