//! A month of sleep, wake, clock jumps, zone travel, restarts and sync: each reminder exactly once, none for what will not take place.

use domain::booking::By;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use crate::days::{Days, Fault, Step};

fn by() -> impl Strategy<Value = By> {
    prop_oneof![3 => Just(By::Customer), 1 => Just(By::Business)]
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0usize..8;
    prop_oneof![
        8 => (1u32..1_000).prop_map(|minutes| Step::Pass { minutes }),
        4 => (1u32..2_500).prop_map(|minutes| Step::Sleep { minutes }),
        2 => (-3_000i32..3_000).prop_map(|minutes| Step::Jump { minutes }),
        2 => Just(Step::Restart),
        2 => (0usize..crate::days::ZONES.len()).prop_map(|zone| Step::Travel { zone }),
        4 => (0u8..4).prop_map(|dice| Step::Sync { accepted: dice > 0 }),
        4 => (1u32..200, by()).prop_map(|(hours, by)| Step::Book { hours, by }),
        3 => (which.clone(), -2_000i32..2_000, by()).prop_map(|(which, minutes, by)| Step::Move { which, minutes, by }),
        2 => (which.clone(), by()).prop_map(|(which, by)| Step::Cancel { which, by }),
        2 => which.clone().prop_map(|which| Step::Resume { which }),
        1 => which.prop_map(|which| Step::Note { which }),
        1 => (any::<bool>(), proptest::option::of(1u8..48), proptest::option::of(1u16..720))
            .prop_map(|(day_before, hours, travel)| Step::Settings { day_before, hours, travel }),
    ]
}

/// About a month: the sum of what passes and is slept through.
fn month() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 60..120)
}

fn live(fault: Fault, steps: &[Step]) -> Result<usize, String> {
    let mut days = Days::begin(fault);
    for step in steps {
        days.happen(step).map_err(|wrong| format!("{step:?}: {wrong}"))?;
    }
    Ok(days.shown.len())
}

#[test]
fn each_reminder_exactly_once_and_none_for_a_dead_booking() {
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let shown = std::cell::Cell::new(0);
    let result = runner.run(&month(), |steps| {
        let count = live(Fault::None, &steps).map_err(TestCaseError::fail)?;
        shown.set(shown.get() + count);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(shown.get() > 500, "the months were not empty: {} reminders", shown.get());
}

/// The months must be able to show what is wrong with whoever carries plans out.
#[test]
fn every_planted_fault_is_found() {
    let faults = [
        Fault::ForgetsAtRestart,
        Fault::KeepsOldPlans,
        Fault::TrustsTheClock,
        Fault::SleepsThrough,
        Fault::ForgetsWhatWaits,
        Fault::RemindsOfTheDead,
        Fault::ForgetsTheTime,
        Fault::ForgetsTheZone,
        Fault::FirstComeFirstServed,
    ];
    for fault in faults {
        let mut runner = TestRunner::deterministic();
        let mut months = (0..100).map(|_| month().new_tree(&mut runner).unwrap().current());
        assert!(months.any(|steps| live(fault, &steps).is_err()), "{fault:?} goes unnoticed for a hundred months");
    }
}
