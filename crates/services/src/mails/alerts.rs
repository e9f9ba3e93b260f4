//! Mails about alerts: the messages of channels that are mail addresses.

use super::{ClaimedMail, Delivery, Letter, Mails, letters};
use crate::store::channels::{self, Attempted};
use crate::store::{catalog, organizations};
use crate::{ServiceError, ServiceResult, live};
use chrono::{DateTime, Utc};
use domain::{AlertKind, Language, MessageStatus};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// What a message says, as far as a mail repeats it.
#[derive(Deserialize)]
struct Body {
    about: About,
}

#[derive(Deserialize)]
struct About {
    /// Nothing in a message that tries a channel.
    kind: Option<AlertKind>,
    store_id: Option<Uuid>,
    product_id: Option<Uuid>,
}

/// What an alert is called, as on the page of alerts.
const fn words(language: Language, kind: AlertKind) -> &'static str {
    match (language, kind) {
        (Language::Es, AlertKind::NegativeStock) => "Se vendió más de lo que había",
        (Language::Es, AlertKind::BelowReorderPoint) => "Queda poco",
        (Language::Es, AlertKind::StockOutRisk) => "Puede agotarse",
        (Language::Es, AlertKind::WasteRisk) => "Puede sobrar",
        (Language::Es, AlertKind::CountDifference) => "El recuento no cuadra",
        (Language::Es, AlertKind::ForecastLate) => "La previsión llega tarde",
        (Language::Es, AlertKind::NightFailed) => "La noche no terminó bien",
        (Language::Es, AlertKind::BaselineServing) => "Prevé el ritmo semanal",
        (Language::Es, AlertKind::DataQuality) => "Las ventas del día no cuadran",
        (Language::Es, AlertKind::Drift) => "La previsión acierta menos que antes",
        (Language::Es, AlertKind::MissingIngredients) => "Falta un ingrediente",
        (Language::Es, AlertKind::OrderLate) => "Una hornada se retrasa",
        (Language::En, AlertKind::NegativeStock) => "More was sold than there was",
        (Language::En, AlertKind::BelowReorderPoint) => "Running low",
        (Language::En, AlertKind::StockOutRisk) => "May run out",
        (Language::En, AlertKind::WasteRisk) => "May be left over",
        (Language::En, AlertKind::CountDifference) => "The count does not add up",
        (Language::En, AlertKind::ForecastLate) => "The forecast is late",
        (Language::En, AlertKind::NightFailed) => "The night did not end well",
        (Language::En, AlertKind::BaselineServing) => "The weekly rhythm forecasts",
        (Language::En, AlertKind::DataQuality) => "The day's sales do not add up",
        (Language::En, AlertKind::Drift) => "The forecast is less good than before",
        (Language::En, AlertKind::MissingIngredients) => "An ingredient is missing",
        (Language::En, AlertKind::OrderLate) => "A batch is late",
    }
}

impl Mails<'_> {
    /// The mail of a message; nothing where its channel was switched off or taken away, it was settled already, or the organization is
    /// suspended or being erased.
    pub(super) async fn alert(
        &self,
        mail: &ClaimedMail,
        origin: &str,
    ) -> ServiceResult<Option<Letter>> {
        let (Some(organization_id), Some(id)) = (mail.row.organization_id, mail.row.subject_id)
        else {
            return Ok(None);
        };
        let db = &self.services.db().read_for(organization_id).await?;
        let Some(message) = channels::find_message(db, organization_id, id).await? else {
            return Ok(None);
        };
        let all = channels::list(db, organization_id).await?;
        let channel = all
            .into_iter()
            .find(|channel| channel.id == message.channel_id && channel.active);
        let Some(channel) = channel.filter(|_| message.status == MessageStatus::Waiting) else {
            return Ok(None);
        };
        let Body { about } = serde_json::from_str(&message.body)
            .map_err(|e| ServiceError::Internal(format!("message {id} cannot be read: {e}")))?;
        let organization = organizations::get(db, organization_id).await?;
        if organization.suspended_at.is_some() || organization.erasing_since.is_some() {
            return Ok(None);
        }
        let language = organization.language;
        let store = match about.store_id {
            Some(id) => catalog::list_stores(db, organization_id)
                .await?
                .into_iter()
                .find(|store| store.id == id)
                .map(|store| store.name),
            None => None,
        };
        let product = match about.product_id {
            Some(id) => catalog::list_products(db, organization_id)
                .await?
                .into_iter()
                .find(|product| product.id == id)
                .map(|product| product.name),
            None => None,
        };
        // Where and what, from the wide to the narrow.
        let place: Vec<&str> = [
            Some(organization.name.as_str()),
            store.as_deref(),
            product.as_deref(),
        ]
        .into_iter()
        .flatten()
        .collect();
        let place = place.join(" · ");
        let link = format!("{origin}/alerts");
        Ok(Some(match about.kind {
            Some(kind) => {
                let what = words(language, kind);
                letters::alert(language, &channel.address, what, &place, &link)
            }
            None => letters::channel_test(language, &channel.address, &channel.name, &link),
        }))
    }
}

/// What an attempt to send a mail means for its message.
pub(super) fn outcome(
    delivery: &Delivery,
    is_over: bool,
    next_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Attempted {
    let (status, last_error) = match delivery {
        Delivery::Sent => (MessageStatus::Sent, None),
        Delivery::Dropped => (
            MessageStatus::GivenUp,
            Some("the channel is switched off, or the organization rests".to_owned()),
        ),
        Delivery::Failed(why) if is_over => (MessageStatus::GivenUp, Some(why.clone())),
        Delivery::Failed(why) => (MessageStatus::Waiting, Some(why.clone())),
    };
    Attempted {
        status,
        next_at,
        last_status: None,
        last_error,
        finished_at: (status != MessageStatus::Waiting).then_some(now),
    }
}

/// Writes down what became of the message of a mail.
pub(super) async fn settle(
    db: &impl ConnectionTrait,
    mail: &ClaimedMail,
    attempted: Attempted,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    let (Some(organization_id), Some(id)) = (mail.row.organization_id, mail.row.subject_id) else {
        return Ok(());
    };
    channels::settle_mailed(db, organization_id, id, mail.attempts, attempted).await?;
    let detail = json!({ "settled": 1 });
    live::emit(db, organization_id, now, None, "channels", None, detail).await
}
