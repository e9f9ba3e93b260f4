//! What the night forecasts, from a panel and who serves: the one place that says it, for the night and for whoever is asked later.

use domain::panel::{Panel, SeriesForecast};
use forecast::{Artifact, Baseline, ForecastError};
use std::collections::BTreeSet;

/// A series' forecast.
pub(crate) struct Said {
    pub forecast: SeriesForecast,
    /// The baseline's, although a model serves: the shop keeps it.
    pub stands_in: bool,
}

/// By the model, with the mean of same weekdays for the shops that keep it.
///
/// # Errors
/// The model's.
pub(crate) fn by_model(artifact: &Artifact, panel: &Panel) -> Result<Vec<Said>, ForecastError> {
    let forecasts = artifact.predict(panel)?;
    let vetoed = vetoed(artifact);
    let mut said: Vec<Said> = forecasts
        .into_iter()
        .map(|forecast| Said {
            stands_in: vetoed.contains(&panel.stores[panel.series[forecast.series].store].id),
            forecast,
        })
        .collect();
    if !vetoed.is_empty() {
        let instead = forecast::baseline_forecast(panel, Baseline::WeekdayMean);
        for (one, instead) in said.iter_mut().zip(instead) {
            if one.stands_in {
                one.forecast = instead;
            }
        }
    }
    Ok(said)
}

/// By the baseline alone.
pub(crate) fn by_baseline(panel: &Panel) -> Vec<Said> {
    forecast::baseline_forecast(panel, Baseline::WeekdayMean)
        .into_iter()
        .map(|forecast| Said {
            forecast,
            stands_in: false,
        })
        .collect()
}

/// Identifiers of the shops that keep the baseline although the model serves.
pub(crate) fn vetoed(artifact: &Artifact) -> BTreeSet<String> {
    let decision = artifact.manifest().decision.as_ref();
    decision.map_or_else(BTreeSet::new, |d| d.vetoed_stores.iter().cloned().collect())
}
