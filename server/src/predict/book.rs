//! What stands for an organization: the night's forecasts or those computed since, and the chain as its model sees it.

use super::shelves::{Day, Numbers, Shelf, computed, from_stored};
use crate::jobs::champion::Champion;
use chrono::{DateTime, Days, NaiveDate, Utc};
use contract::predict::{Interval, ModelReference, Predict, PredictionSource, PredictionView};
use domain::ForecastSource;
use domain::panel::HORIZON_DAYS;
use forecast::{Artifact, Assumed, Deaf, Outlook};
use services::panels::OrganizationPanel;
use services::predictions::{Issue, Known, Look, StoredForecast};
use services::{Ctx, ServiceError, ServiceResult};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// A price above this is a slip of the keyboard; minor units.
const MOST_PRICE: i64 = 100_000_000;
/// Where weather on earth ends: degrees Celsius and millimetres a day.
const COLDEST: f64 = -80.0;
const HOTTEST: f64 = 60.0;
const WETTEST: f64 = 2_000.0;

/// A question that needs the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub assumed: Assumed,
    pub key: Key,
}

/// What an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Of the book: another model or other facts make another one.
    book: u64,
    series: usize,
    date: NaiveDate,
    /// Bits of the numbers, which are finite.
    price: Option<u64>,
    promotion: Option<bool>,
    temperature: Option<u64>,
    rain: Option<u64>,
}

/// What is known of a question before the model is asked.
pub(super) struct Prepared {
    /// Complete but for the numbers, where the model has to be asked.
    pub view: PredictionView,
    pub open: Option<Open>,
}

/// What stands for an organization at some point of its facts.
pub(super) struct Book {
    number: u64,
    pub look: Look,
    issue: Issue,
    known: Known,
    shelves: HashMap<(Uuid, Uuid), Shelf>,
    /// The model that forecasts, if one does.
    model: Option<(ModelReference, Outlook)>,
    source: PredictionSource,
    issued_at: DateTime<Utc>,
}

/// Everything that a book is made of.
pub(super) struct Sources {
    pub look: Look,
    pub issue: Issue,
    pub panel: OrganizationPanel,
    /// Fingerprint of the panel that the night read.
    pub night_version: Option<String>,
    pub champion: Option<(ModelReference, Arc<Artifact>)>,
    pub stored: Vec<StoredForecast>,
    pub known: Known,
    pub now: DateTime<Utc>,
}

impl Sources {
    /// The model of what was loaded; without one that can be used the baseline stands in, as at night.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] where the store of models does not answer: it may do so the next time.
    pub fn champion_of(loaded: Champion) -> ServiceResult<Option<(ModelReference, Arc<Artifact>)>> {
        match loaded {
            Champion::Ready(serving, artifact) => {
                let reference = ModelReference {
                    id: serving.id,
                    number: serving.number,
                };
                Ok(Some((reference, Arc::from(artifact))))
            }
            Champion::None | Champion::Unusable(_) => Ok(None),
            Champion::Unreachable(why) => Err(ServiceError::Unavailable {
                message: "The model cannot be fetched just now. Please try again in a moment."
                    .into(),
                source: Some(why.into()),
            }),
        }
    }
}

impl Book {
    /// Puts a book together. Takes about as long as the night's forecasts: for a blocking thread.
    ///
    /// # Errors
    /// The panel's faults.
    pub fn new(sources: Sources) -> anyhow::Result<Self> {
        static BOOKS: AtomicU64 = AtomicU64::new(1);
        let Sources {
            look,
            issue,
            panel,
            night_version,
            champion,
            stored,
            known,
            now,
        } = sources;
        let is_same_panel =
            night_version.is_some_and(|v| v == forecast::data_version(&panel.panel));
        let is_same_model = issue.model_version_id == champion.as_ref().map(|(m, _)| m.id);
        let is_stored = is_same_panel && is_same_model && !stored.is_empty();
        let model = match champion {
            Some((reference, artifact)) => {
                match Outlook::new(artifact, &panel.panel) {
                    Ok(outlook) => Some((reference, outlook)),
                    Err(error) => {
                        // As at night: the baseline stands in.
                        tracing::error!(model = reference.number, %error, "the model cannot read the panel");
                        None
                    }
                }
            }
            None => None,
        };
        let shelves = if is_stored {
            from_stored(&panel, stored)
        } else {
            computed(
                &panel,
                model.as_ref().map(|(_, outlook)| outlook.artifact()),
            )?
        };
        Ok(Self {
            number: BOOKS.fetch_add(1, Ordering::Relaxed),
            issued_at: if is_stored { issue.issued_at } else { now },
            source: if is_stored {
                PredictionSource::Stored
            } else {
                PredictionSource::Computed
            },
            look,
            issue,
            known,
            shelves,
            model,
        })
    }

    /// About how many bytes this takes.
    pub fn bytes(&self) -> usize {
        let days: usize = self.shelves.values().map(|s| s.days.len()).sum();
        let outlook = self.model.as_ref().map_or(0, |(_, o)| o.bytes());
        outlook + days * size_of::<Day>() + self.shelves.len() * 200
    }

    /// The model, to be taken over into the next book.
    pub fn champion(&self) -> Option<(ModelReference, Arc<Artifact>)> {
        let (reference, outlook) = self.model.as_ref()?;
        Some((*reference, outlook.artifact().clone()))
    }

    /// Answers with the model. Keeps a core busy: for a blocking thread.
    ///
    /// # Errors
    /// What the model says.
    pub fn ask(&self, asked: &[Assumed]) -> Result<Vec<Option<Numbers>>, String> {
        let Some((_, outlook)) = &self.model else {
            return Err("no model forecasts".to_owned());
        };
        let days = outlook.ask(asked).map_err(|error| error.to_string())?;
        Ok(days
            .iter()
            .map(|day| day.as_ref().map(Numbers::from))
            .collect())
    }

    /// Finds what a question is about and what of it the model has to be asked.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for shops out of scope and what is of another organization, [`ServiceError::Invalid`] for numbers and
    /// days out of reach, [`ServiceError::Rule`] where the product is not for sale in the shop on that day.
    pub fn prepare(&self, ctx: &Ctx, asked: &Predict) -> ServiceResult<Prepared> {
        ctx.require_store(asked.store_id)?;
        if !self.known.stores.contains(&asked.store_id) {
            return Err(ServiceError::NotFound("store"));
        }
        if !self.known.products.contains(&asked.product_id) {
            return Err(ServiceError::NotFound("product"));
        }
        let first = self.issue.issued_on + Days::new(1);
        let last = self.issue.issued_on + Days::new(HORIZON_DAYS as u64);
        if !(first..=last).contains(&asked.date) {
            return Err(ServiceError::field(
                "date",
                "forecast.out_of_reach",
                format!("Days from {first} to {last} can be asked after."),
            ));
        }
        check(asked)?;
        let shelf = self.shelves.get(&(asked.store_id, asked.product_id));
        let day = shelf.and_then(|s| {
            let day = s.days.iter().find(|d| d.planned.date == asked.date)?;
            Some((s, day))
        });
        let Some((shelf, day)) = day else {
            return Err(ServiceError::rule(
                "prediction.not_for_sale",
                "The shop is closed that day, or the product is not for sale there.",
            ));
        };
        let (assumed, ignored) = self.assumed(shelf, day, asked);
        let open = assumed.map(|assumed| Open {
            assumed,
            key: Key {
                book: self.number,
                series: assumed.series,
                date: assumed.date,
                price: assumed.price.map(f64::to_bits),
                promotion: assumed.promotion,
                temperature: assumed.temperature_c.map(f64::to_bits),
                rain: assumed.precipitation_mm.map(f64::to_bits),
            },
        });
        Ok(Prepared {
            view: self.view(asked, day, ignored, open.is_some()),
            open,
        })
    }

    /// What of a question differs from the plan and can be listened to, and what cannot.
    fn assumed(&self, shelf: &Shelf, day: &Day, asked: &Predict) -> (Option<Assumed>, Vec<String>) {
        let outlook = self.model.as_ref().map(|(_, outlook)| outlook);
        let deaf = match outlook.filter(|_| day.by == ForecastSource::Model) {
            Some(outlook) => outlook.deaf(shelf.series),
            None => Deaf {
                price: true,
                promotion: true,
                weather: true,
            },
        };
        let runs = asked.promotion.map(|promotion| promotion.is_some());
        let discounted = asked.promotion.map(|promotion| {
            let off = promotion.map_or(0, |p| i64::from(p.discount_bp));
            shelf.list_price - shelf.list_price * off / 10_000
        });
        let weather = asked.weather.unwrap_or_default();
        let is_weather = weather.temperature_c.or(weather.precipitation_mm).is_some();
        let mut ignored = Vec::new();
        let mut ignore = |is_ignored: bool, name: &str| {
            if is_ignored {
                ignored.push(name.to_owned());
            }
        };
        ignore(asked.price.is_some() && deaf.price, "price");
        ignore(runs.is_some() && deaf.promotion, "promotion");
        let is_deep = asked.promotion.flatten().is_some() && asked.price.is_none();
        ignore(
            is_deep && deaf.price && !deaf.promotion,
            "promotion.discount_bp",
        );
        ignore(is_weather && deaf.weather, "weather");

        let planned = &day.planned;
        let price = asked.price.or(discounted).map(|minor| minor as f64 / 100.0);
        let weather = Some(weather).filter(|_| !deaf.weather);
        let assumed = Assumed {
            series: shelf.series,
            date: planned.date,
            price: price.filter(|p| !deaf.price && Some(*p) != planned.price),
            promotion: runs.filter(|r| !deaf.promotion && Some(*r) != planned.promotion),
            temperature_c: weather.and_then(|w| w.temperature_c),
            precipitation_mm: weather.and_then(|w| w.precipitation_mm),
        };
        let is_plain = assumed.price.is_none()
            && assumed.promotion.is_none()
            && assumed.temperature_c.is_none()
            && assumed.precipitation_mm.is_none();
        (Some(assumed).filter(|_| !is_plain), ignored)
    }

    fn view(
        &self,
        asked: &Predict,
        day: &Day,
        ignored: Vec<String>,
        is_open: bool,
    ) -> PredictionView {
        let is_model = day.by == ForecastSource::Model;
        let mut view = PredictionView {
            store_id: asked.store_id,
            product_id: asked.product_id,
            date: asked.date,
            mean_milli: 0,
            interval_80: Interval {
                low_milli: 0,
                high_milli: 0,
            },
            interval_90: Interval {
                low_milli: 0,
                high_milli: 0,
            },
            quantiles_milli: [0; 11],
            source: if is_open {
                PredictionSource::Computed
            } else {
                self.source
            },
            forecast_by: day.by,
            model_version: self.model.as_ref().map(|(m, _)| *m).filter(|_| is_model),
            issued_on: self.issue.issued_on,
            issued_at: self.issued_at,
            ignored,
        };
        fill(&mut view, &day.numbers);
        view
    }
}

/// Writes numbers into an answer.
pub(super) fn fill(view: &mut PredictionView, numbers: &Numbers) {
    let q = &numbers.quantiles_milli;
    view.mean_milli = numbers.mean_milli;
    view.quantiles_milli = *q;
    view.interval_80 = Interval {
        low_milli: q[1],
        high_milli: q[9],
    };
    view.interval_90 = Interval {
        low_milli: q[0],
        high_milli: q[10],
    };
}

/// Refuses numbers that mean nothing.
fn check(asked: &Predict) -> ServiceResult<()> {
    let wrong =
        |field: &str, message: &str| Err(ServiceError::field(field, "number.range", message));
    if asked.price.is_some_and(|p| !(1..=MOST_PRICE).contains(&p)) {
        return wrong(
            "price",
            "A price lies between 1 and 100,000,000 minor units.",
        );
    }
    let discount = asked.promotion.flatten().map(|p| p.discount_bp);
    if discount.is_some_and(|d| !(0..10_000).contains(&d)) {
        return wrong(
            "promotion.discount_bp",
            "A discount lies between 0 and 9,999 basis points.",
        );
    }
    let weather = asked.weather.unwrap_or_default();
    if weather
        .temperature_c
        .is_some_and(|t| !(COLDEST..=HOTTEST).contains(&t))
    {
        return wrong(
            "weather.temperature_c",
            "A temperature lies between -80 and 60 degrees Celsius.",
        );
    }
    if weather
        .precipitation_mm
        .is_some_and(|p| !(0.0..=WETTEST).contains(&p))
    {
        return wrong(
            "weather.precipitation_mm",
            "Precipitation lies between 0 and 2,000 millimetres.",
        );
    }
    Ok(())
}
