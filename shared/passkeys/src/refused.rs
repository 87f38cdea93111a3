//! What ends a ceremony without success, by whose fault it is.

use webauthn_rs_core::error::WebauthnError;

/// Why a ceremony ended without success.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The answer is not what was asked for.
    #[error("the answer is refused: {}", .0.as_str())]
    Refused(Refused),
    /// The fault is ours.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// What we keep, or how we are configured, can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Broken {
    what: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Broken {
    pub(crate) fn new(what: &'static str) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> Self {
        move |source| Self { what, source }
    }
}

/// What is wrong with an answer: for the log, where its owner sees no more than that it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not what a browser sends: truncated, too long, other types, other encodings.
    Malformed,
    /// The state belongs to another kind of ceremony.
    OtherCeremony,
    /// It answers another challenge.
    Challenge,
    /// It comes from an origin that is not ours.
    Origin,
    /// It comes from a frame on somebody else's page.
    CrossOrigin,
    /// It was made for another relying party.
    RelyingParty,
    /// Nobody touched the authenticator.
    UserPresence,
    /// The authenticator did not verify its user.
    UserVerification,
    /// The user handle is missing, or names somebody else.
    OtherCustomer,
    /// Another credential than the one that it is compared with.
    OtherCredential,
    /// A credential that its owner has enrolled already.
    Known,
    /// A key of a kind that was not asked for, or that is none.
    Algorithm,
    /// An attestation statement that is not right.
    Attestation,
    /// Flags on backups that contradict each other, or what was said at the registration.
    Backup,
    /// The signature is not the credential's.
    Signature,
}

impl Refused {
    /// The reason, as the log has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OtherCeremony => "other_ceremony",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::CrossOrigin => "cross_origin",
            Self::RelyingParty => "relying_party",
            Self::UserPresence => "user_presence",
            Self::UserVerification => "user_verification",
            Self::OtherCustomer => "other_customer",
            Self::OtherCredential => "other_credential",
            Self::Known => "known",
            Self::Algorithm => "algorithm",
            Self::Attestation => "attestation",
            Self::Backup => "backup",
            Self::Signature => "signature",
        }
    }
}

impl From<Refused> for CeremonyError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<WebauthnError> for Refused {
    fn from(error: WebauthnError) -> Self {
        use WebauthnError as E;
        match error {
            E::InvalidClientDataType => Self::OtherCeremony,
            E::MismatchedChallenge => Self::Challenge,
            E::InvalidRPOrigin => Self::Origin,
            E::CredentialCrossOrigin => Self::CrossOrigin,
            E::InvalidRPIDHash => Self::RelyingParty,
            E::UserNotPresent => Self::UserPresence,
            E::UserNotVerified => Self::UserVerification,
            E::CredentialNotFound => Self::OtherCredential,
            E::COSEKeyInvalidCBORValue
            | E::COSEKeyInvalidType
            | E::COSEKeyEDUnsupported
            | E::COSEKeyECDSAXYInvalid
            | E::COSEKeyRSANEInvalid
            | E::COSEKeyECDSAInvalidCurve
            | E::COSEKeyEDDSAXInvalid
            | E::COSEKeyEDDSAInvalidCurve
            | E::COSEKeyInvalidAlgorithm
            | E::CredentialInsecureCryptography
            | E::CredentialAlteredAlgFromRequest
            | E::ECDSACurveInvalidNid
            | E::EcdsaPointInvalid
            | E::RsaParametersInvalid => Self::Algorithm,
            E::CredentialMayNotBeHardwareBound | E::CredentialBackupEligibilityInconsistent => Self::Backup,
            E::AuthenticationFailure | E::SignatureInvalid => Self::Signature,
            E::ParseBase64Failure(_)
            | E::ParseCBORFailure(_)
            | E::ParseJSONFailure(_)
            | E::ParseNOMFailure
            | E::ParseInsufficientBytesAvailable
            | E::MissingAttestationCredentialData
            | E::InvalidExtensions
            | E::AuthenticatorDataMissingExtension => Self::Malformed,
            // The library has some forty words for an attestation that is wrong; none is asked for here.
            _ => Self::Attestation,
        }
    }
}
