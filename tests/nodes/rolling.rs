//! Nodes are stopped and started in turn under load, as for an update.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use datebook_tests::books::{Heard, balance, starts};

use crate::{
    DEVICES, TURN, all_mails_came, apps, devices,
    farm::{Farm, NODES},
    mails,
    receiver::Receiver,
    soon,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_stopped_in_turn_and_nobody_notices() {
    let _turn = TURN.lock().await;
    let receiver = Receiver::start(NODES).await;
    let mut farm = Farm::start("rolling", DEVICES, |node| mails(&receiver, node, 60)).await;
    let starts = Arc::new(starts(&farm.people[0]).await);
    let (heard, enough) = (Heard::default(), Arc::new(AtomicBool::new(false)));
    let mut seed = 0;
    let count = || {
        seed += 1;
        seed
    };
    let load: Vec<_> = devices(&farm, count)
        .into_iter()
        .map(|device| {
            let (starts, heard, enough) = (Arc::clone(&starts), heard.clone(), Arc::clone(&enough));
            tokio::spawn(async move { device.insist(&starts, &heard, &enough).await })
        })
        .collect();
    let apps = apps::work(farm.phones().await, &starts, &enough);
    for node in (0..NODES).cycle().take(3 * NODES) {
        soon("the load goes on", heard.more(40)).await;
        soon("it ends when it is asked to", farm.stop(node)).await;
        soon("the load goes on", heard.more(20)).await;
        farm.rise(node).await;
    }
    enough.store(true, Ordering::SeqCst);
    let mut devices = Vec::new();
    for device in load {
        devices.push(soon("every command gets its verdict", device).await.unwrap());
    }
    apps::agree(apps, &farm.store().await).await;
    let balance = balance(&mut devices).await;
    all_mails_came(&farm, &receiver, &devices).await;
    let names: BTreeSet<String> = receiver.mails().into_iter().map(|mail| mail.id).collect();
    assert_eq!(receiver.mails().len(), names.len(), "a node that is stopped ends what it does: no mail goes out twice");

    let tries = &balance.tries;
    println!("{} stops; {} commands with a verdict: {:?}", 3 * NODES, balance.told, balance.outcomes);
    println!("{} pushes after so many tries: {:?}", tries.total(), tries.pushes);
    println!("{} tries with a broken connection; answers that were no verdicts: {:?}", tries.broken, tries.answered);
    assert!(tries.lost <= 1, "{} requests had no answer", tries.lost);
    assert!(tries.answered.is_empty(), "no request that is answered fails: {:?}", tries.answered);
    // Who meets a connection that is being closed connects anew at once, and the balancer, which knows nothing of the
    // nodes, may bring them to the same node while it still takes connections that it will not serve.
    assert_eq!(tries.above(4), 0, "nobody has to try long: {:?}", tries.pushes);
}
