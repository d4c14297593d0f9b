//! The description of the API, made from the code.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
};

use crate::routes::*;

#[derive(OpenApi)]
#[openapi(
    info(title = "Datebook", description = "The customer's side of appointments. Every error answers a Problem."),
    paths(
        hello::hello,
        sign_in::link,
        sign_in::open,
        sign_in::token,
        password::sign_in,
        sign_in::out,
        password::change,
        counter::enrol,
        counter::open,
        counter::today,
        counter::settle,
        pull::pull,
        push::push,
        pokes::pokes,
        execute::execute,
        view::view,
        feed::feed,
        feed::file,
        pass::add,
        mailbox::list,
    ),
    modifiers(&Sessions),
)]
struct Description;

struct Sessions;

impl Modify for Sessions {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("datebook_session"));
        let counter = ApiKey::Cookie(ApiKeyValue::new("datebook_counter"));
        components.add_security_scheme("counter", SecurityScheme::ApiKey(counter));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// The description as JSON text.
///
/// # Panics
/// Never: it is made of maps with text keys.
pub fn description() -> String {
    Description::openapi().to_pretty_json().expect("a description is made of maps with text keys")
}
