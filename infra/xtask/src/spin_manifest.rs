//! What xtask needs to know about `spin.toml`.

use std::fs;

use anyhow::Context as _;
use serde::Deserialize;

use crate::checkout::Checkout;

/// The parts of the manifest that concern us.
#[derive(Debug, Deserialize)]
pub(crate) struct SpinManifest {
    #[serde(default)]
    variables: std::collections::BTreeMap<String, Variable>,
    #[serde(default)]
    component: std::collections::BTreeMap<String, Component>,
    #[serde(default)]
    trigger: Triggers,
}

#[derive(Debug, Default, Deserialize)]
struct Triggers {
    #[serde(default)]
    redis: Vec<RedisTrigger>,
}

#[derive(Debug, Deserialize)]
struct RedisTrigger {
    channel: String,
}

#[derive(Debug, Deserialize)]
struct Variable {
    #[serde(default)]
    required: bool,
    default: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Component {
    source: toml::Value,
}

impl SpinManifest {
    /// Reads the checkout's manifest.
    pub(crate) fn read(checkout: &Checkout) -> anyhow::Result<Self> {
        let path = checkout.spin_toml();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
    }

    /// The variables that have no default.
    pub(crate) fn required(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().filter(|(_, variable)| variable.required).map(|(name, _)| name.as_str())
    }

    /// A variable's default.
    pub(crate) fn default_of(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.default.as_deref()
    }

    /// The channels that wake workers.
    pub(crate) fn channels(&self) -> impl Iterator<Item = &str> {
        self.trigger.redis.iter().map(|trigger| trigger.channel.as_str())
    }

    /// The files of the components, relative to the manifest.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &str> {
        self.component.values().filter_map(|component| component.source.as_str())
    }
}
