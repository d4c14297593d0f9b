//! Before the first step: nodes that are up, devices whose customers have signed in.

use std::{path::PathBuf, sync::Arc};

use server::{Node, Settings};
use store::Engine;

use super::{
    Slot, World,
    network::{self, NOTHING},
};
use crate::{
    device::{Device, Standing},
    shop,
    time::{DeviceClock, NodeClock},
};

impl World {
    /// One more node.
    pub(super) fn add_node(&mut self, ahead: i64) -> Result<(), String> {
        let slot = self.open(ahead)?;
        self.nodes.push(slot);
        Ok(())
    }

    /// Starts a node.
    pub(super) fn open(&self, ahead: i64) -> Result<Slot, String> {
        let engine = self.runtime.block_on(Engine::open(&self.database)).map_err(|error| error.to_string())?;
        let settings = Settings {
            origin: shop::ADDRESS.to_owned(),
            demo: true,
            attempts_per_address: 1_000_000,
            attempts_per_client: 1_000_000,
            commands_per_customer: 1_000_000,
            ..Settings::default()
        };
        let clock = Arc::new(NodeClock { time: self.time.clone(), ahead });
        let _within = self.runtime.enter();
        let node = Node::new(settings, engine.clone(), clock).map_err(|error| error.to_string())?;
        Ok(Slot { engine, node: Some(Arc::new(node)), ahead })
    }

    /// One more device, on which a customer signs in unless it is late.
    pub(super) fn add_device(&mut self, customer: usize, folder: PathBuf, late: bool) -> Result<(), String> {
        let number = self.devices.len();
        let device = Device::new(customer, folder, DeviceClock::new(self.time.clone()))?;
        self.devices.push(device);
        self.waiting.push(None);
        if late {
            return Ok(());
        }
        self.settle_in(number)?;
        self.devices[number].sync();
        self.through(number)
    }

    /// A device that does not know the business gets to know it, and its customer signs in unless they are, with the
    /// digits of a mail, over a network that does not fail for so long.
    pub(super) fn settle_in(&mut self, device: usize) -> Result<(), String> {
        if self.devices[device].standing()? == Standing::Unknown {
            self.devices[device].connect();
            self.through(device)?;
        }
        if self.devices[device].standing()? != Standing::SignedIn {
            // Of two letters to the same customer, the second is the later one, whichever nodes have written them.
            self.time.pass(10_000);
            let email = self.email(device);
            self.devices[device].request_mail(email.clone());
            self.through(device)?;
            while self.work(0, NOTHING)? {}
            let digits = self.digits(&email)?.ok_or("no mail came")?;
            self.devices[device].sign_in(digits);
            self.through(device)?;
        }
        match self.devices[device].standing()? {
            Standing::SignedIn => Ok(()),
            standing => Err(format!("device {device} is {standing:?} when all is quiet")),
        }
    }

    /// The address of a device's customer.
    pub(super) fn email(&self, device: usize) -> String {
        format!("customer-{}@people.example", self.devices[device].customer)
    }

    /// Lets a device do what it has begun, over a network that never fails, at the first node.
    pub(super) fn through(&mut self, device: usize) -> Result<(), String> {
        self.go_on(device)?;
        while self.devices[device].busy() {
            let flight = self.flights.pop().ok_or("a device waits for nothing")?;
            self.arrive(flight, 0, NOTHING)?;
        }
        Ok(())
    }

    /// The six digits of the latest mail to an address, if there was one.
    pub(super) fn digits(&self, email: &str) -> Result<Option<String>, String> {
        let node = self.nodes[0].node.clone().ok_or("a node is missing")?;
        let answer = self.runtime.block_on(network::get(node, "/api/v1/mailbox"));
        let mails: serde_json::Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let mails = mails.as_array().ok_or("the mailbox is a list")?;
        let to = |mail: &&serde_json::Value| {
            mail["to"].as_str().is_some_and(|to| to.contains(email))
                && mail["subject"].as_str().is_some_and(|subject| subject.starts_with("Sign in"))
        };
        let Some(text) = mails.iter().find(to).and_then(|mail| mail["text"].as_str()) else { return Ok(None) };
        let lines = text.lines().map(|line| line.replace(' ', ""));
        let digits = lines.into_iter().find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()));
        digits.map(Some).ok_or_else(|| "the mail has no digits".to_owned())
    }
}
