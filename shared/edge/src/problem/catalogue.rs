//! Every type of problem: what `docs/errors.md` and `openapi.json` list.
//!
//! To add one: a line here, its row in `docs/errors.md` (a test compares them), and the arm in the
//! flow's `From<…> for Problem`. A type, once published, keeps its meaning.

use http::StatusCode;

macro_rules! kinds {
    ($(#[doc = $doc:literal] $name:ident = $status:ident $slug:literal $title:literal;)*) => {
        /// A type of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = $doc] $name,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The last part of its URN; what clients compare.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// The status that it is answered with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What it is, in a few words that never change.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it means and what to do about it.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$name => $doc.trim_ascii(),)* }
            }
        }
    };
}

kinds! {
    /// The request cannot be read: malformed JSON, a name that occurs twice, invalid UTF-8, an unknown query parameter. Correct the request; the same one will never be accepted.
    InvalidRequest = BAD_REQUEST "invalid-request" "The request cannot be read";
    /// Fields of the body are missing, unknown, or not acceptable; `errors` says which and why. Correct them.
    InvalidFields = UNPROCESSABLE_ENTITY "invalid-fields" "Some fields are not acceptable";
    /// The address of a mailed link is incomplete or was altered. Ask for a new mail.
    InvalidLink = BAD_REQUEST "invalid-link" "This link is not valid";
    /// The `client_id` is not registered, or may not call this endpoint directly.
    UnknownClient = BAD_REQUEST "unknown-client" "This client is not known here";
    /// What came proves nothing: address and password do not belong together, the password is not the customer's, or the passkey's answer is none to this question. The same for an address or a passkey that is not known. A passkey's question is spent: ask for another one.
    InvalidCredentials = UNAUTHORIZED "invalid-credentials" "This does not prove who you are";
    /// There is no access token, or it is malformed, expired, revoked, or not meant for this API. Refresh it, or sign in again.
    InvalidToken = UNAUTHORIZED "invalid-token" "The access token is missing or not valid";
    /// The act is sensitive, and the last authentication was too long ago, or by less than the customer has. Step up with the `max_age` of `WWW-Authenticate` (`/v1/mfa/step-up`), or sign in again. For another password or address, the current password can come along instead, where that is all that is missing.
    ReauthenticationRequired = UNAUTHORIZED "reauthentication-required" "Authenticate again for this";
    /// The request came past the deployment's own front (CloudFront and its firewall). Use the address that the deployment publishes.
    DirectAccess = FORBIDDEN "direct-access" "Not reachable this way";
    /// The deployment does not offer this method, or not to this number.
    MethodNotAvailable = FORBIDDEN "method-not-available" "This way is not available here";
    /// The access token does not carry the scope that this takes; `WWW-Authenticate` names it.
    InsufficientScope = FORBIDDEN "insufficient-scope" "The access token does not permit this";
    /// The customer has nothing by which this level could be reached: enrol a factor first.
    StepUpUnavailable = FORBIDDEN "step-up-unavailable" "Nothing can be proved";
    /// The purpose has a minimum age, and the customer's birthdate says less, or is not known. Ask for it, and leave the purpose out.
    Underage = FORBIDDEN "underage" "Too young to agree to this";
    /// The browser says that its user opts out of sale and sharing (`Sec-GPC: 1`), so this purpose can't be agreed to from it.
    OptedOut = FORBIDDEN "opted-out" "The browser opts out of this";
    /// There is nothing here, or nothing that the caller may see.
    NotFound = NOT_FOUND "not-found" "There is nothing here";
    /// The address exists, but not for this method; `Allow` lists those that it has.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method-not-allowed" "This method is not allowed here";
    /// It does not fit what is there: something has changed since it was read, somebody else was first, or, where `detail` says so, there is such a factor already, one too many, or none. Read again, then repeat if it still makes sense.
    Conflict = CONFLICT "conflict" "This does not fit what is there";
    /// The purpose comes with the account: it is shown, and nobody can agree to it or refuse it.
    NotAsked = CONFLICT "not-asked" "Nobody is asked about this";
    /// Another customer has verified this address in the meantime. Use another one.
    AddressTaken = CONFLICT "address-taken" "This address is taken";
    /// The customer is being erased: that can be neither withdrawn nor held up any more.
    ErasureUnderWay = CONFLICT "erasure-under-way" "The erasure has begun";
    /// The code is wrong. Try again, as long as tries are left.
    InvalidCode = UNPROCESSABLE_ENTITY "invalid-code" "The code is wrong";
    /// The transaction is unknown, used, expired, or all its tries are used up; or, where `detail` says so, it was challenged often enough, or the delayed recovery that it is answered with was refused or is over. Begin again.
    TransactionExpired = GONE "transaction-expired" "This took too long, or is already done";
    /// The body is larger than 64 KiB. The gateway refuses by itself, with a body of its own, what makes an event larger than 6 MB.
    PayloadTooLarge = PAYLOAD_TOO_LARGE "payload-too-large" "The body is too large";
    /// The body is not of the media type that this endpoint reads.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" "The body has the wrong media type";
    /// Too many requests from this client or about this person. Repeat after `Retry-After` seconds.
    TooManyRequests = TOO_MANY_REQUESTS "too-many-requests" "Too many requests";
    /// Something that Portico needs is not available at the moment. Nothing is half done: send the same request again after `Retry-After` seconds. Where it was done and only its answer was lost, a code or link is used by then: sign in.
    Unavailable = SERVICE_UNAVAILABLE "unavailable" "Not available at the moment";
    /// We made a mistake. The request id leads us to it.
    Internal = INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side";
}

impl Kind {
    /// The URN that stands in `type`.
    pub fn urn(self) -> String {
        format!("urn:portico:problem:{}", self.slug())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Kind;

    #[test]
    fn slugs_are_unique_and_say_something() {
        let slugs: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error(), "{kind:?}");
            assert!(kind.doc().ends_with('.') && !kind.title().ends_with('.'), "{kind:?}");
        }
    }
}
