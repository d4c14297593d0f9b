//! Nodes are killed in turn under load.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use datebook_tests::books::{Device, Heard, balance, starts};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::Instant;

use crate::{
    DEVICES, TURN, all_mails_came, apps, devices,
    farm::{Farm, NODES},
    mails,
    receiver::{Mail, Receiver},
    soon,
};

/// Seconds for which a job is taken.
const LEASE: u32 = 5;

/// The longest that a device may be without its verdict, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail that a node was told of as taken so shortly before it died may not have been noted yet: the database takes as
/// long as it takes, and the mail is the node's until the lease ends.
const JUST_BEFORE: Duration = Duration::from_secs(LEASE as u64);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_killed_in_turn_and_nothing_is_lost() {
    let _turn = TURN.lock().await;
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let kills = number("NODES_KILLS").unwrap_or(24);
    let seed = number("NODES_SEED").unwrap_or_else(rand::random);
    println!("NODES_SEED={seed} NODES_KILLS={kills}");
    let mut rng = StdRng::seed_from_u64(seed);

    let receiver = Receiver::start(NODES).await;
    let mut farm = Farm::start("killed", DEVICES, |node| mails(&receiver, node, LEASE)).await;
    let starts = Arc::new(starts(&farm.people[0]).await);
    let (heard, enough) = (Heard::default(), Arc::new(AtomicBool::new(false)));
    let load: Vec<_> = devices(&farm, || rng.random())
        .into_iter()
        .map(|device| {
            let (starts, heard, enough) = (Arc::clone(&starts), heard.clone(), Arc::clone(&enough));
            tokio::spawn(async move { device.insist(&starts, &heard, &enough).await })
        })
        .collect();

    let apps = apps::work(farm.phones().await, &starts, &enough);
    let began = Instant::now();
    let mut deaths = BTreeMap::new();
    let mut held = Vec::new();
    for round in 0..kills {
        let node = usize::try_from(round).unwrap() % NODES;
        soon("the load goes on", heard.more(rng.random_range(1..40))).await;
        // Once one lives so long that some of what it brought has to be noted.
        if round == kills / 2 {
            let noted = |receiver: &Receiver| {
                let mut taken = receiver.brought(node).into_iter().filter_map(|mail| mail.answered);
                taken.any(|answered| answered.elapsed() > JUST_BEFORE)
            };
            soon("a mail of it was taken long ago", receiver.until(noted)).await;
        }
        // Every second time it has mails in its hands that were taken and that it does not know of.
        if rng.random() {
            receiver.silence(node);
            soon("it brings a mail", receiver.until(|receiver| !receiver.held(node).is_empty())).await;
        }
        let in_hand = receiver.held(node);
        let at = Instant::now();
        farm.kill(node).await;
        held.extend(in_hand.into_iter().map(|mail| (mail.id, at)));
        deaths.insert((node, receiver.next_life(node)), at);
        receiver.open(node);
        farm.rise(node).await;
    }
    enough.store(true, Ordering::SeqCst);
    let took = began.elapsed();
    let mut devices: Vec<Device> = Vec::new();
    for device in load {
        devices.push(soon("every command gets its verdict", device).await.unwrap());
    }
    apps::agree(apps, &farm.store().await).await;
    let balance = balance(&mut devices).await;
    all_mails_came(&farm, &receiver, &devices).await;

    let all = receiver.mails();
    let mut by_name = BTreeMap::<&str, Vec<&Mail>>::new();
    for mail in &all {
        by_name.entry(&mail.id).or_default().push(mail);
    }
    let taken_long_before = |mail: &Mail| {
        let death = deaths.get(&(mail.node, mail.life));
        death.zip(mail.answered).is_some_and(|(death, answered)| answered + JUST_BEFORE < *death)
    };
    let noted = all.iter().filter(|mail| taken_long_before(mail)).count();
    let mut twice = 0;
    for (id, copies) in &by_name {
        for pair in copies.windows(2) {
            let death = deaths.get(&(pair[0].node, pair[0].life));
            let death =
                *death.unwrap_or_else(|| panic!("{id} comes twice, and the first to bring it lives: {copies:?}"));
            assert!(pair[1].at > death, "{id} was sent by two nodes at once: {copies:?}");
            assert!(!taken_long_before(pair[0]), "{id} was taken long before its node died: {copies:?}");
            twice += 1;
        }
    }
    let mut waited: Vec<Duration> = Vec::new();
    for (id, death) in &held {
        // Some were answered in the last moment and noted.
        let next = by_name[id.as_str()].iter().find(|mail| mail.at > *death);
        waited.extend(next.map(|mail| mail.at - *death));
    }
    waited.sort();
    let tries = &balance.tries;
    println!("{kills} kills in {took:.1?}; {} connections through the balancer", farm.balancer.taken());
    println!("{} commands with a verdict: {:?}", balance.told, balance.outcomes);
    println!("{} pushes after so many tries: {:?}, the longest {:.1?}", tries.total(), tries.pushes, tries.longest);
    println!("{} tries with a broken connection; answers that were no verdicts: {:?}", tries.broken, tries.answered);
    println!("{} mails under {} names; {twice} came again", all.len(), by_name.len());
    println!("{noted} mails were taken long before their node died");
    if let (Some(first), Some(last)) = (waited.first(), waited.last()) {
        let median = waited[waited.len() / 2];
        println!("{} mails in dead hands; taken over after {first:.1?} to {last:.1?}, median {median:.1?}", held.len());
    }
    assert!(
        tries.answered.is_empty(),
        "no request that is answered fails, whichever node answers: {:?}",
        tries.answered
    );
    assert!(tries.broken > 0, "kills hit pushes under way");
    // About one in ten thousand is lost here, in the client.
    assert!(tries.lost <= 2, "{} of {} pushes had no answer", tries.lost, tries.total());
    assert!(tries.longest < PATIENCE, "another node answers at once: {:.1?}", tries.longest);
    // They ask again at once, where a device waits a moment: some meet the same node while it dies.
    assert!(tries.above(3) * 10 < tries.total(), "few need more than two tries after the first: {:?}", tries.pushes);
    assert!(!waited.is_empty(), "some died with mails in their hands");
    assert!(noted > 0, "and one long after a mail that it brought was taken");
}
