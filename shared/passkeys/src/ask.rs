//! A passkey or security key answers.

use domain::CustomerId;
use serde::Deserialize;
use serde_json::Value;
use webauthn_rs_core::{
    error::WebauthnError,
    proto::{AuthenticationState, Credential, PublicKeyCredential, UserVerificationPolicy},
};

use crate::{
    Broken, CeremonyError, Party, Refused,
    answer::{owner, read},
    register::write,
    state::Begun,
};

/// What an answer showed.
#[derive(Clone, Debug)]
pub struct Asserted {
    /// Whether the authenticator verified its user.
    pub verified: bool,
    /// Whether the credential is kept in more than one place.
    pub synced: bool,
    /// Whether its counter did not go on from where it was: there may be a copy of it. The
    /// signature is right; what to do about it is the caller's choice.
    pub went_backwards: bool,
    /// The credential as it is to be stored from now on.
    pub credential: Value,
    /// Whether that differs from what is stored.
    pub changed: bool,
}

impl Party {
    /// Begins a sign-in by whatever passkey the browser has: by button, or by autofill. The same for
    /// everybody.
    ///
    /// # Errors
    /// When the fault is ours.
    pub fn discover(&self) -> Result<(Value, Value), Broken> {
        let (options, state) = self.challenge(Vec::new(), UserVerificationPolicy::Required)?;
        Ok((options, Begun::Discover { state }.keep()?))
    }

    /// Ends a sign-in by passkey. `stored` is the credential that [`Party::identify`] named, from
    /// among those of the customer that it named, and of nobody else.
    ///
    /// # Errors
    /// When the answer is not one to this sign-in, its user was not verified, or the fault is ours.
    pub fn discovered(&self, state: &Value, credential: &Value, stored: &Value) -> Result<Asserted, CeremonyError> {
        let Begun::Discover { state } = Begun::read(state)? else { return Err(Refused::OtherCeremony.into()) };
        let answer: PublicKeyCredential = read(credential)?;
        if owner(answer.response.user_handle.as_deref())?.is_none() {
            return Err(Refused::OtherCustomer.into());
        }
        self.judge(&state, &answer, stored)
    }

    /// Asks for one of these credentials of one customer. Verification is required if each of them
    /// verified its user when it was enrolled, and preferred if one did not.
    ///
    /// # Errors
    /// When the fault is ours.
    pub fn ask(&self, stored: &[&Value]) -> Result<(Value, Value), Broken> {
        let credentials = stored.iter().map(|stored| stored_credential(stored)).collect::<Result<Vec<_>, _>>()?;
        let policy = if credentials.iter().all(|credential| credential.user_verified) {
            UserVerificationPolicy::Required
        } else {
            UserVerificationPolicy::Preferred
        };
        let (options, state) = self.challenge(credentials, policy)?;
        Ok((options, Begun::Ask { state }.keep()?))
    }

    /// Ends what [`Party::ask`] began. `stored` is the credential with the id that the answer names,
    /// from among the customer's own.
    ///
    /// # Errors
    /// When the answer is not one to this question, comes from a credential that verified its user
    /// once and did not now, or the fault is ours.
    pub fn answered(
        &self,
        customer: CustomerId,
        state: &Value,
        credential: &Value,
        stored: &Value,
    ) -> Result<Asserted, CeremonyError> {
        let Begun::Ask { state } = Begun::read(state)? else { return Err(Refused::OtherCeremony.into()) };
        let answer: PublicKeyCredential = read(credential)?;
        if owner(answer.response.user_handle.as_deref())?.is_some_and(|owner| owner != customer) {
            return Err(Refused::OtherCustomer.into());
        }
        self.judge(&state, &answer, stored)
    }

    fn challenge(
        &self,
        credentials: Vec<Credential>,
        policy: UserVerificationPolicy,
    ) -> Result<(Value, AuthenticationState), Broken> {
        let failed = |error: WebauthnError| Broken::new("an authentication can't begin")(error.into());
        let builder = self.core.new_challenge_authenticate_builder(credentials, Some(policy)).map_err(failed)?;
        let (options, mut state) = self.core.generate_challenge_authenticate(builder).map_err(failed)?;
        // What is stored when the answer comes counts.
        state.set_allowed_credentials(Vec::new());
        let options = serde_json::to_value(options.public_key);
        Ok((options.map_err(|error| Broken::new("options can't be written")(error.into()))?, state))
    }

    fn judge(
        &self,
        state: &AuthenticationState,
        answer: &PublicKeyCredential,
        stored: &Value,
    ) -> Result<Asserted, CeremonyError> {
        self.check_client_data(&answer.response.client_data_json)?;
        let mut credential = stored_credential(stored)?;
        let counted = std::mem::take(&mut credential.counter);
        // To the library the counter is at 0, so that everything else is judged; then we compare.
        let shown = self.core.authenticate_single_credential(answer, state, &credential).map_err(Refused::from)?;
        let counter = shown.counter();
        let went_backwards = (counter > 0 || counted > 0) && counter <= counted;
        credential.counter = counted.max(counter);
        let changed = credential.counter != counted || credential.backup_state != shown.backup_state();
        credential.backup_state = shown.backup_state();
        Ok(Asserted {
            verified: shown.user_verified(),
            synced: credential.backup_state,
            went_backwards,
            credential: write(&credential)?,
            changed,
        })
    }
}

fn stored_credential(stored: &Value) -> Result<Credential, Broken> {
    Credential::deserialize(stored).map_err(|error| Broken::new("a stored credential can't be read")(error.into()))
}
