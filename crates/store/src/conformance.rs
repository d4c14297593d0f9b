//! The suite that every engine passes.
//!
//! Each case takes a fresh, empty store and checks one sentence of the contract. An engine's tests instantiate all of
//! them with one line, [`conformance!`](crate::conformance!), given an async function that makes a store and whatever
//! must live as long as it:
//!
//! ```text
//! async fn fresh() -> (MyStore, tempfile::TempDir) { … }
//! store::conformance!(fresh);
//! ```
//!
//! What an engine says of all its realms is checked on a fresh engine, by
//! [`engine_conformance!`](crate::engine_conformance!).

pub mod breaks;
pub mod commits;
pub mod engines;
pub mod jobs;
pub mod pulls;
pub mod reads;
pub mod watches;

use crate::{Batch, Committed, Document, Guard, Key, Page, Read, Space, Store, UniqueKey, Write};

/// One test a case, in a module a group. The caller depends on `tokio` with its macros.
#[macro_export]
macro_rules! conformance {
    ($fresh:path) => {
        $crate::conformance! { @groups $fresh;
            commits {
                a_version_rises_by_one_with_each_commit,
                a_commit_raises_only_what_it_touches,
                a_batch_over_two_spaces_is_one,
                an_empty_batch_is_fine,
                a_guard_holds_at_the_version_seen,
                a_guard_on_nothing_holds_while_there_is_nothing,
                a_guard_may_rest_on_what_is_not_written,
                a_batch_that_changed_leaves_nothing,
                a_batch_whose_key_is_taken_leaves_nothing,
                a_document_is_written_once,
                unique_keys_are_released,
                unique_keys_may_be_swapped,
                unique_keys_are_one_for_all_spaces,
                a_guard_in_an_unwritten_space_holds_against_a_first_write,
                one_of_many_wins,
                nothing_is_lost_in_a_crowd,
                large_and_odd_texts_come_back,
                a_forgotten_space_was_never_written,
            }
            breaks {
                a_dropped_commit_is_whole_or_nothing,
            }
            reads {
                a_document_is_found_until_it_is_deleted,
                a_list_is_in_order,
                a_list_has_ends,
                a_list_is_of_one_kind_and_its_spaces,
                a_list_over_spaces_is_merged,
                a_list_stops_at_its_limit,
                a_falling_list_is_the_rising_one_from_behind,
                a_changed_sort_moves_the_document,
                a_unique_key_leads_to_its_document,
                a_space_has_a_version,
                versions_are_answered_together,
                spaces_are_found_by_prefix,
                a_snapshot_does_not_see_later_commits,
                a_snapshot_of_nothing_stays_empty,
                all_answers_are_of_one_moment,
                snapshots_may_be_many,
            }
            pulls {
                a_pull_tells_what_changed,
                a_pull_from_nothing_has_no_tombstones,
                a_pull_after_something_has_tombstones,
                a_version_is_never_cut,
                pages_meet_without_gap,
                a_pull_of_nothing_is_empty,
                a_puller_sees_every_commit_once,
                a_pull_never_skips_a_change,
            }
            watches {
                a_watcher_hears_of_each_space,
                a_watcher_hears_nothing_of_refusals,
                what_is_heard_can_be_read,
                what_is_heard_rises,
            }
            jobs {
                a_job_is_leased_when_due,
                a_leased_job_is_left_alone_until_its_lease_ends,
                a_done_job_is_gone,
                a_job_comes_again,
                a_stale_lease_does_nothing,
                a_lease_takes_the_longest_due_and_no_more_than_asked,
                a_lease_is_of_one_kind,
                a_job_is_leased_once_by_many,
                numbers_rise_in_commit_order,
                jobs_of_a_refused_batch_are_never_done,
            }
        }
    };
    (@groups $fresh:path; $($group:ident { $($case:ident,)* })*) => {
        $(mod $group {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let (store, _kept) = $fresh().await;
                $crate::conformance::$group::$case(store).await;
            })*
        })*
    };
}

/// The same for whole engines: the async function makes an [`Engine`](crate::Engine) that nobody has written to.
#[macro_export]
macro_rules! engine_conformance {
    ($fresh:path) => {
        $crate::conformance! { @groups $fresh;
            engines {
                jobs_of_all_realms_are_leased_together,
                realms_take_turns,
                a_realm_without_room_is_left_alone,
                a_job_of_any_realm_is_leased_once_by_many,
                an_engine_tells_one_history,
            }
        }
    };
}

fn space(name: &str) -> Space {
    name.parse().expect("a test names its spaces well")
}

/// A note's key.
fn key(space_name: &str, id: &str) -> Key {
    Key { space: space(space_name), kind: "note".to_owned(), id: id.to_owned() }
}

/// A note, sorted by its id.
fn note(space_name: &str, id: &str, body: &str) -> Write {
    Write { key: key(space_name, id), sort: id.to_owned(), body: Some(body.into()), keys: Vec::new() }
}

/// A note that holds unique keys.
fn named(space_name: &str, id: &str, emails: &[&str]) -> Write {
    Write { keys: emails.iter().map(|value| email(value)).collect(), ..note(space_name, id, "{}") }
}

fn gone(space_name: &str, id: &str) -> Write {
    Write { key: key(space_name, id), sort: "ignored".to_owned(), body: None, keys: Vec::new() }
}

fn email(value: &str) -> UniqueKey {
    UniqueKey::new("email", value)
}

fn batch(writes: impl IntoIterator<Item = Write>) -> Batch {
    Batch { writes: writes.into_iter().collect(), ..Batch::default() }
}

fn guarded(guards: impl IntoIterator<Item = (Key, u64)>, writes: impl IntoIterator<Item = Write>) -> Batch {
    let guards = guards.into_iter().map(|(key, version)| Guard { key, version });
    Batch { guards: guards.collect(), ..batch(writes) }
}

/// Commits what must succeed.
async fn commit<S: Store>(store: &S, writes: impl IntoIterator<Item = Write>) -> Committed {
    store.commit(batch(writes)).await.expect("nothing stands against this batch")
}

async fn snapshot<S: Store>(store: &S) -> S::Snapshot {
    store.snapshot().await.expect("a snapshot can be taken")
}

async fn get<S: Store>(store: &S, key: &Key) -> Option<Document> {
    snapshot(store).await.get(key).await.expect("a document can be read")
}

async fn find<S: Store>(store: &S, key: &UniqueKey) -> Option<Key> {
    snapshot(store).await.find(key).await.expect("a unique key can be looked up")
}

async fn version<S: Store>(store: &S, name: &str) -> u64 {
    snapshot(store).await.version(&space(name)).await.expect("a version can be read")
}

async fn pull<S: Store>(store: &S, name: &str, after: u64, limit: usize) -> Page {
    store.pull(&space(name), after, limit).await.expect("a space can be pulled")
}

/// The ids and versions of a page.
fn outline(page: &Page) -> Vec<(&str, u64)> {
    page.changes.iter().map(|change| (change.id.as_str(), change.version)).collect()
}
