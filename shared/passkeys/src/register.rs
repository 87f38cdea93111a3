//! A passkey or security key is enrolled.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::CustomerId;
use serde_json::Value;
use webauthn_rs_core::{
    error::WebauthnError,
    proto::{
        AttestationConveyancePreference, AttestationFormat, COSEAlgorithm, Credential, ParsedAttestation,
        RegisterPublicKeyCredential, UserVerificationPolicy,
    },
};

use crate::{
    Broken, CeremonyError, Party, Refused,
    answer::{encode, read},
    state::Begun,
};

/// What a new credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It signs in by itself: discoverable, and its user verified. It serves as a second factor too.
    Passkey,
    /// It stands beside a password: any security key, verified if it can.
    SecondFactor,
}

/// What was enrolled.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    /// The credential's id, base64url.
    pub credential_id: String,
    /// What is kept of it.
    pub credential: Value,
    /// Whether it is kept in more than one place.
    pub synced: bool,
    /// Whether its user was verified. If so, they are from now on, always.
    pub verified: bool,
}

/// What webauthn-rs verifies and authenticators make; in order of preference.
const ALGORITHMS: [COSEAlgorithm; 2] = [COSEAlgorithm::ES256, COSEAlgorithm::RS256];

impl Party {
    /// Begins an enrolment. The address is shown where the authenticator lists what it keeps;
    /// `known` are the ids of the customer's credentials, which it does not enrol again.
    ///
    /// # Errors
    /// When the fault is ours.
    pub fn register(
        &self,
        customer: CustomerId,
        address: &str,
        known: &[&str],
        used_as: Use,
    ) -> Result<(Value, Value), Broken> {
        let failed = |error: WebauthnError| Broken::new("a registration can't begin")(error.into());
        let excluded = known.iter().filter_map(|id| URL_SAFE_NO_PAD.decode(id).ok()).collect();
        let verification = match used_as {
            Use::Passkey => UserVerificationPolicy::Required,
            Use::SecondFactor => UserVerificationPolicy::Preferred,
        };
        let builder = self
            .core
            .new_challenge_register_builder(&customer.to_bytes(), address, address)
            .map_err(failed)?
            .attestation(AttestationConveyancePreference::None)
            .credential_algorithms(ALGORITHMS.to_vec())
            .require_resident_key(used_as == Use::Passkey)
            .user_verification_policy(verification)
            .exclude_credentials(Some(excluded));
        let (options, state) = self.core.generate_challenge_register(builder).map_err(failed)?;
        let options = serde_json::to_value(options.public_key);
        let options = options.map_err(|error| Broken::new("options can't be written")(error.into()))?;
        let known = known.iter().map(|id| (*id).to_owned()).collect();
        Ok((options, Begun::Register { known, state }.keep()?))
    }

    /// Ends an enrolment.
    ///
    /// # Errors
    /// When the answer is not one to this registration, or the fault is ours.
    pub fn registered(&self, state: &Value, credential: &Value) -> Result<NewPasskey, CeremonyError> {
        let Begun::Register { known, state } = Begun::read(state)? else { return Err(Refused::OtherCeremony.into()) };
        let answer: RegisterPublicKeyCredential = read(credential)?;
        if known.contains(&answer.id) {
            return Err(Refused::Known.into());
        }
        self.check_client_data(&answer.response.client_data_json)?;
        let enrolled = self.core.register_credential(&answer, &state, None).map_err(Refused::from)?;
        // The library takes the id from the signed part and leaves the other alone.
        if enrolled.cred_id != answer.raw_id {
            return Err(Refused::OtherCredential.into());
        }
        let (synced, verified) = (enrolled.backup_state, enrolled.user_verified);
        Ok(NewPasskey { credential_id: encode(&enrolled.cred_id), credential: keep(enrolled)?, synced, verified })
    }
}

/// The credential without its attestation: none is asked for, and certificates are of no use later.
fn keep(credential: Credential) -> Result<Value, Broken> {
    write(&Credential {
        attestation: ParsedAttestation::default(),
        attestation_format: AttestationFormat::None,
        ..credential
    })
}

/// A credential as it is stored.
pub(crate) fn write(credential: &Credential) -> Result<Value, Broken> {
    serde_json::to_value(credential).map_err(|error| Broken::new("a credential can't be kept")(error.into()))
}
