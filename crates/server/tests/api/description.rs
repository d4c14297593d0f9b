//! The description of the API: a change of the wire is seen in review.

#[test]
fn the_description_is_the_one_that_was_agreed_on() {
    insta::assert_snapshot!("openapi", server::description());
}
