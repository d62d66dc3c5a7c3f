//! What every middleware here needs: to touch an answer, whether it came as a response or as an
//! error that actix would turn into one.

use actix_web::dev::{ResponseHead, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::{Error, HttpResponse};

/// The result of a service below a middleware.
pub type Answer<B> = Result<ServiceResponse<B>, Error>;

/// Turns an answer into an error, for places where its request is already gone.
pub fn as_error(response: HttpResponse) -> Error {
    InternalError::from_response("answered", response).into()
}

/// Changes the head of an answer.
pub fn amend<B>(answer: Answer<B>, change: impl FnOnce(&mut ResponseHead)) -> Answer<B> {
    match answer {
        Ok(mut response) => {
            change(response.response_mut().head_mut());
            Ok(response)
        }
        Err(error) => {
            let mut response = error.error_response();
            change(response.head_mut());
            Err(as_error(response))
        }
    }
}
