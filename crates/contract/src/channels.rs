//! Which alerts leave the house, over which channels, and what became of each message.

use chrono::{DateTime, Utc};
use domain::{AlertKind, ChannelKind, MessageStatus, Severity};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How severe alerts of a kind are, and who outside hears of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AlertRuleValues {
    pub kind: AlertKind,
    /// From this size on: base units (negative stock, what may run out, what is missing), minor units of money (waste, differences of
    /// counts), basis points of the error before (drift: 12,000 is a fifth worse). Nothing = every alert of the kind.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000000))]
    #[serde(default)]
    pub threshold: Option<i64>,
    /// With which such alerts are opened; where several rules mean an alert, the most severe counts.
    pub severity: Severity,
    /// Empty = everywhere, and the organization itself.
    #[cfg_attr(feature = "openapi", schema(max_items = 500))]
    #[serde(default)]
    pub stores: Vec<Uuid>,
    /// Who outside hears of it; every channel once an alert. Empty = the alert stays in the house.
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    #[serde(default)]
    pub channels: Vec<Uuid>,
    pub active: bool,
}

/// A rule that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRuleView {
    pub id: Uuid,
    pub values: AlertRuleValues,
    pub version: i32,
}

/// Adds a rule, or changes the one with this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveAlertRule {
    pub command_id: Uuid,
    /// Nothing = a new one.
    pub rule_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    pub values: AlertRuleValues,
}

/// Takes a rule away. Alerts that it opened stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoveAlertRule {
    pub command_id: Uuid,
    pub rule_id: Uuid,
}

/// What a channel is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelValues {
    /// 1 to 80 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub name: String,
    /// The web address that messages are sent to, at most 500 characters, or the address of mail. Which web addresses are asked is the
    /// operator's to say; https on the usual port always is.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500))]
    pub address: String,
    pub active: bool,
}

/// A channel, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelView {
    pub id: Uuid,
    pub kind: ChannelKind,
    pub values: ChannelValues,
    pub created_at: DateTime<Utc>,
    pub version: i32,
}

/// A channel with the secret that its messages are signed with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelWithSecret {
    pub channel: ChannelView,
    /// Told this once. None for mail, and where the same command is sent again.
    pub secret: Option<String>,
}

impl std::fmt::Debug for ChannelWithSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelWithSecret")
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// Adds a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateChannel {
    pub command_id: Uuid,
    /// Stays as it is.
    pub kind: ChannelKind,
    pub values: ChannelValues,
}

/// Changes a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeChannel {
    pub command_id: Uuid,
    pub channel_id: Uuid,
    /// The version that was changed.
    pub version: i32,
    pub values: ChannelValues,
}

/// Does something with a channel: gives it another secret, sends a message to try it, or takes it away with its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NameChannel {
    pub command_id: Uuid,
    pub channel_id: Uuid,
}

/// Which messages to list, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListMessages {
    pub channel_id: Uuid,
    /// From `next` of the page before.
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    pub limit: Option<u32>,
}

/// A message, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageView {
    pub id: Uuid,
    /// `alert.opened` or `channel.test`.
    pub event: String,
    pub alert_id: Option<Uuid>,
    pub status: MessageStatus,
    pub attempts: i32,
    /// When it is tried again, while it waits.
    pub next_at: Option<DateTime<Utc>>,
    /// The HTTP status that the other side answered last.
    pub last_status: Option<i32>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}
