//! What a request says: in an object that its client has signed (RFC 9101), and then there alone, or plainly.

use domain::Client;
use domain::oidc::{AuthorizationRequest, JwtRefused, RedirectRefused, RedirectTarget};
use domain::oidc::{RequestObject, RequestRefused, redirect_target};
use edge::{Ctx, OAuthCode, OAuthError, Params};

/// What a request says.
pub(crate) struct Said<'a> {
    params: &'a Params,
    object: Option<RequestObject>,
}

/// It is not signed as it has to be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSigned {
    #[error("this client has to sign its requests")]
    Missing,
    #[error("the request object is refused: {0}")]
    Refused(#[from] JwtRefused),
}

impl<'a> Said<'a> {
    /// Opens the request object, if one came.
    pub(crate) fn read(ctx: &Ctx, client: &Client, params: &'a Params) -> Result<Self, NotSigned> {
        let object = match params.text("request") {
            Some(jwt) => Some(RequestObject::open(jwt, client, &ctx.issuer, ctx.now)?),
            None if client.request_object_required => return Err(NotSigned::Missing),
            None => None,
        };
        Ok(Self { params, object })
    }

    fn get(&self, name: &str) -> Option<&str> {
        match &self.object {
            Some(object) => object.get(name),
            None => self.params.text(name),
        }
    }

    /// Where the answer goes, whatever else is wrong.
    pub(crate) fn target(&self, client: &Client) -> Result<RedirectTarget, RedirectRefused> {
        redirect_target(&|name| self.get(name), client)
    }

    /// The request, checked.
    pub(crate) fn check(&self, client: &Client) -> Result<AuthorizationRequest, RequestRefused> {
        let resources = self.object.as_ref().map_or_else(|| self.params.resources(), RequestObject::resources);
        AuthorizationRequest::check(&|name| self.get(name), &resources, client)
    }
}

impl From<NotSigned> for OAuthError {
    fn from(error: NotSigned) -> Self {
        match error {
            NotSigned::Missing => Self::new(OAuthCode::InvalidRequest, "This client has to sign its requests."),
            NotSigned::Refused(why) => {
                Self::new(OAuthCode::InvalidRequestObject, format!("The request object is refused: {why}."))
            }
        }
    }
}
