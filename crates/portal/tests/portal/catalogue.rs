//! What is on offer.

use domain::{Business, Staff, business::Policy};
use portal::{Actor, CatalogueView, Context, Screen, View};

use crate::salon::{Salon, business, id};

async fn catalogue(salon: &Salon) -> CatalogueView {
    let anyone = Context { now: salon.now, actor: Actor::Anyone };
    match salon.view_as(anyone, View::Catalogue).await {
        Ok(Screen::Catalogue(view)) => *view,
        other => panic!("the catalogue needs no sign-in: {other:?}"),
    }
}

#[tokio::test]
async fn services_are_listed_by_name_within_their_category() {
    let view = catalogue(&Salon::open().await).await;
    let names: Vec<_> = view.services.iter().map(|service| (service.category.as_str(), &*service.name)).collect();
    let expected = [
        ("hair", "Colour"),
        ("hair", "Haircut"),
        ("hair", "Perm"),
        ("hair", "Shave"),
        ("skin", "Massage"),
        ("skin", "Peeling"),
        ("skin", "Sauna"),
        ("skin", "Tattoo"),
        ("skin", "Yoga"),
    ];
    assert_eq!(names, expected, "the categories in the business's order (C01)");
    let cut = &view.services[1];
    assert_eq!(cut.variants.len(), 2, "both lengths, with prices");
    assert_eq!((&cut.places[..], &cut.staff[..]), (&[id("mitte")][..], &[id("anna"), id("ben")][..]), "who and where");
}

#[tokio::test]
async fn the_switches_are_told() {
    let view = catalogue(&Salon::open().await).await;
    let service =
        |name: &str| view.services.iter().find(|service| service.id.as_str() == name).expect("it is on offer");
    assert!(!service("perm").online_booking && service("cut").online_booking, "C11");
    assert!(!service("shave").choose_staff && service("cut").choose_staff, "C03");
    assert!(!service("colour").accept_automatically && service("cut").accept_automatically, "C10");
    assert_eq!((service("yoga").capacity, service("cut").capacity), (3, 1), "how many one session takes");
}

#[tokio::test]
async fn a_service_that_nobody_gives_anywhere_cannot_be_booked_online() {
    let salon = Salon::open().await;
    salon.remove::<Staff>("dan").await;
    let view = catalogue(&salon).await;
    let sauna = view.services.iter().find(|service| service.id.as_str() == "sauna").expect("it is still listed");
    assert!(sauna.places.is_empty(), "Dan alone gave it");
    assert!(!sauna.online_booking, "whoever chose it would find no place and no time");
}

#[tokio::test]
async fn only_what_customers_need_to_know_is_shown() {
    let view = catalogue(&Salon::open().await).await;
    let staff: Vec<_> = view.staff.iter().map(|person| &*person.name).collect();
    assert_eq!(staff, ["Anna", "Ben", "Dan"], "Cara gives nothing: nobody can choose her");
    let text = serde_json::to_value(&view).unwrap().to_string();
    for inside in ["shifts", "09:00-17:00", "skills", "room-1", "terms", "open_sign_up"] {
        assert!(!text.contains(inside), "{inside} is for the rules, not for a screen: {text}");
    }
}

#[tokio::test]
async fn the_business_shows_its_face_and_its_rules() {
    let salon = Salon::open().await;
    let policy = Policy { title: "Being late".into(), text: "We wait a quarter of an hour.".into() };
    let business = Business {
        logo: "data:image/png;base64,AAAA".into(),
        colour: "#2f6b4f".into(),
        welcome: "Good to see you.".into(),
        instructions: "Come five minutes early.".into(),
        policies: vec![policy.clone()],
        ..business()
    };
    salon.change(&business).await;
    let view = catalogue(&salon).await;
    assert_eq!((&*view.logo, &*view.colour), (&*business.logo, &*business.colour), "V01, V02");
    assert_eq!(view.welcome, business.welcome, "V04");
    assert_eq!(view.instructions, business.instructions, "V05");
    assert_eq!(view.policies, [policy], "V06");
}
