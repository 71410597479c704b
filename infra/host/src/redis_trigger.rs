//! Redis triggers: channels in parallel, the messages of one channel one after the other, each in a fresh instance.
//!
//! Delivery is at most once, as in Spin. Unlike there, a lost connection is reopened, however long it takes.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::StreamExt as _;
use redis::RedisResult;
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    app::{Entry, Subscription},
    core::CoreApp,
    instance::{log_failure, store, within},
    interfaces::redis::{client, describe},
    log,
};

/// Maximum number of waiting messages per channel; further ones are dropped, as a late wake-up is as good as none.
const WAITING: usize = 1024;

/// How long to wait before reconnecting, at first and at most.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The part of the channels that a core serves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) core: usize,
    pub(crate) cores: usize,
}

/// The channels that a core serves.
pub(crate) struct Subscribers {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Subscribes to the channels of `share`.
pub(crate) fn start(app: &Arc<CoreApp>, share: Share) -> Subscribers {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for index in 0..app.app.subscriptions.len() {
        if index % share.cores == share.core {
            let (sender, receiver) = mpsc::channel(WAITING);
            tasks.spawn(listen(app.clone(), index, sender, stopped.clone()));
            tasks.spawn(work(app.clone(), index, receiver));
        }
    }
    Subscribers { tasks, stop }
}

impl Subscribers {
    /// Accepts no more messages, and waits up to `grace` for those in progress.
    pub(crate) async fn finish(mut self, grace: Duration) {
        // Without receivers there is nothing to stop.
        let _ = self.stop.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all).await.is_err() {
            log::warn("messages_cut_off", &[]);
        }
    }
}

/// Passes on the messages of a channel until told to stop.
async fn listen(
    app: Arc<CoreApp>,
    index: usize,
    messages: mpsc::Sender<Vec<u8>>,
    mut stop: watch::Receiver<bool>,
) {
    let Some(subscription) = app.app.subscriptions.get(index) else { return };
    let mut pause = RECONNECT.0;
    loop {
        let received = tokio::select! {
            outcome = receive(subscription, &messages) => outcome,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match received {
            Ok(()) => pause = RECONNECT.0,
            Err(error) => log::warn(
                "subscription_failed",
                &[("channel", json!(subscription.channel)), ("problem", json!(describe(&error)))],
            ),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(RECONNECT.1),
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Subscribes, and receives until the connection ends.
async fn receive(subscription: &Subscription, messages: &mpsc::Sender<Vec<u8>>) -> RedisResult<()> {
    let channel = &subscription.channel;
    let mut connection = client(&subscription.address)?.get_async_pubsub().await?;
    connection.subscribe(channel).await?;
    log::info("subscribed", &[("channel", json!(channel))]);
    let mut incoming = connection.on_message();
    while let Some(message) = incoming.next().await {
        if messages.try_send(message.get_payload_bytes().to_vec()).is_err() {
            log::warn("message_dropped", &[("channel", json!(channel))]);
        }
    }
    log::warn("subscription_lost", &[("channel", json!(channel))]);
    Ok(())
}

/// Passes the messages of a channel to its components.
async fn work(app: Arc<CoreApp>, index: usize, mut messages: mpsc::Receiver<Vec<u8>>) {
    let Some(subscription) = app.app.subscriptions.get(index) else { return };
    while let Some(message) = messages.recv().await {
        let calls = subscription.components.iter().map(|component| handle(&app, *component, message.clone()));
        futures::future::join_all(calls).await;
    }
}

async fn handle(app: &Arc<CoreApp>, index: usize, message: Vec<u8>) {
    let Some(component) = app.app.components.get(index) else { return };
    let Entry::Redis(pre) = &component.entry else { return };
    let call = async {
        let mut store = store(&app.app.engine, component, &app.services, Arc::downgrade(app));
        let instance = pre.instantiate_async(&mut store).await?;
        let handled = store.run_concurrent(async |accessor| {
            instance.spin_redis_inbound_redis().call_handle_message(accessor, message).await
        });
        pin!(handled).await?
    };
    match within(component.limits.timeout, call).await {
        Ok(Ok(())) => {}
        Ok(Err(refused)) => log::error(
            "message_failed",
            &[("component", json!(&*component.id)), ("problem", json!(refused.to_string()))],
        ),
        Err(error) => log_failure(&component.id, &error),
    }
}
