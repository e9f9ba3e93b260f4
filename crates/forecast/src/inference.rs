//! Forecasts of a trained model.

use crate::ForecastError;
use crate::artifact::Artifact;
use crate::baseline::{self, Baseline};
use crate::blend::Opinions;
use crate::cold::{Cold, YOUNG_DAYS};
use crate::dataset::{Batch, LEAST_HISTORY, Rows};
use crate::distribution::{Quantiles, blend, mean, tidy, whole};
use crate::model::{Input, Net};
use crate::parts::Part;
use crate::prepared::Prepared;
use crate::series::{Series, day_number};
use burn::tensor::Device;
use domain::panel::{DayForecast, HORIZON_DAYS, Panel, QUANTILE_LEVELS, SeriesForecast};

/// Windows per forward pass.
const WINDOWS: usize = 128;
/// Valid days from which on the model speaks alone.
const FULL_HISTORY: u32 = 56;
const LEVELS: usize = QUANTILE_LEVELS.len();

impl Artifact {
    /// Forecasts every planned day of every series.
    ///
    /// A series with fewer than 28 valid days, or without a single sale, is forecast from what the chain knows of its like and from
    /// its own first days; up to 56 days the model fades in. Stores and products the model does not know are forecast as the unknown one. Quantiles of
    /// series that sell whole pieces are whole; the mean is that of the distribution before rounding.
    ///
    /// # Errors
    /// [`ForecastError::InvalidPanel`], [`ForecastError::NonFinite`] with the name of the covariate or `forecast`.
    pub fn predict(&self, panel: &Panel) -> Result<Vec<SeriesForecast>, ForecastError> {
        let mut prepared = Prepared::new(panel)?;
        prepared.show_to(&self.manifest);
        self.finish_all(&prepared, &self.opinions(&prepared)?)
    }

    /// Makes forecasts of what both families say.
    pub(crate) fn finish_all(
        &self,
        prepared: &Prepared<'_>,
        opinions: &[Option<[Opinions; HORIZON_DAYS]>],
    ) -> Result<Vec<SeriesForecast>, ForecastError> {
        let mut forecasts = baseline::forecast(
            prepared.panel,
            &prepared.series,
            prepared.last,
            Baseline::WeekdayMean,
        );
        young(prepared, &mut forecasts);
        for (index, days) in opinions.iter().enumerate() {
            let Some(days) = days else { continue };
            let series = &prepared.series[index];
            let known = series.valid_days(prepared.last);
            let share = (f64::from(known.saturating_sub(LEAST_HISTORY))
                / f64::from(FULL_HISTORY - LEAST_HISTORY))
            .min(1.0);
            for day in &mut forecasts[index].days {
                let ahead = (day_number(day.target_date) - prepared.last) as usize;
                let mut quantiles = self.manifest.blend.apply(ahead, &days[ahead - 1]);
                self.manifest.calibration.apply(ahead, &mut quantiles);
                tidy(&mut quantiles);
                if share < 1.0 {
                    quantiles = blend(&quantiles, &day.quantiles, share);
                }
                finish(day, quantiles, series.whole);
                if !day.mean.is_finite() || day.quantiles.iter().any(|q| !q.is_finite()) {
                    let place = format!("series {index}, {}", day.target_date);
                    return Err(ForecastError::NonFinite {
                        name: "forecast".to_owned(),
                        place,
                    });
                }
            }
        }
        Ok(forecasts)
    }

    /// What the network and the trees say, before blend and calibration; `None` where they have nothing to say.
    pub(crate) fn opinions(
        &self,
        prepared: &Prepared<'_>,
    ) -> Result<Vec<Option<[Opinions; HORIZON_DAYS]>>, ForecastError> {
        let expected = self.companion.expect(prepared);
        let has_trees = !self.manifest.config.without.contains(&Part::Trees);
        let days = self.quantiles(prepared)?.into_iter().zip(expected);
        let opinions = days.map(|(quantiles, expected)| {
            let (quantiles, expected) = (quantiles?, expected?);
            Some(std::array::from_fn(|day| {
                let mut quantiles = quantiles[day];
                tidy(&mut quantiles);
                Opinions {
                    quantiles,
                    mean: mean(&quantiles),
                    expected: if has_trees { expected[day] } else { f64::NAN },
                }
            }))
        });
        Ok(opinions.collect())
    }

    /// The members' mean quantiles in units, before calibration, for all 28 days; `None` where the model has nothing to say.
    pub(crate) fn quantiles(
        &self,
        prepared: &Prepared<'_>,
    ) -> Result<Vec<Option<[Quantiles; HORIZON_DAYS]>>, ForecastError> {
        let device = Device::flex();
        let nets = self.networks(&device)?;
        let rows = Rows::new(prepared, &self.manifest.ids);
        let mut out = vec![None; prepared.series.len()];
        let mut batch = Batch::default();
        let mut members: Vec<usize> = Vec::with_capacity(WINDOWS);
        for index in 0..prepared.series.len() {
            let wanted = prepared.series[index].valid_days(prepared.last) >= LEAST_HISTORY
                && !prepared.panel.series[index].planned.is_empty();
            if wanted
                && batch.push(
                    prepared,
                    &rows,
                    Some(&self.manifest.scaler),
                    index,
                    prepared.last,
                )
            {
                members.push(index);
            }
            if batch.size == WINDOWS || (index + 1 == prepared.series.len() && batch.size > 0) {
                batch.check_finite()?;
                run(&nets, &batch, &members, &device, &mut out);
                batch.clear();
                members.clear();
            }
        }
        Ok(out)
    }

    pub(crate) fn networks(&self, device: &Device) -> Result<Vec<Net>, ForecastError> {
        self.weights
            .iter()
            .map(|w| w.build(&self.manifest.shape, device))
            .collect::<Option<_>>()
            .filter(|nets: &Vec<Net>| !nets.is_empty())
            .ok_or_else(|| ForecastError::InvalidPanel {
                reason: "the weights do not fit the network".to_owned(),
            })
    }
}

/// Adds the networks' mean quantiles, in units, of each window to the place that `members` names.
pub(crate) fn run(
    nets: &[Net],
    batch: &Batch,
    members: &[usize],
    device: &Device,
    out: &mut [Option<[Quantiles; HORIZON_DAYS]>],
) {
    let input = Input::new(batch, device);
    for net in nets {
        let data = net.forward(&input).into_data_as::<f32>();
        let values = data.as_slice::<f32>().expect("forecasts read as f32");
        for ((window, &index), values) in members
            .iter()
            .enumerate()
            .zip(values.chunks_exact(HORIZON_DAYS * LEVELS))
        {
            let days = out[index].get_or_insert([[0.0; LEVELS]; HORIZON_DAYS]);
            for (day, values) in days.iter_mut().zip(values.chunks_exact(LEVELS)) {
                for (q, v) in day.iter_mut().zip(values) {
                    *q += f64::from(*v) * batch.scale[window] / nets.len() as f64;
                }
            }
        }
    }
}

/// Replaces the baseline where a series is too young for it.
fn young(prepared: &Prepared<'_>, forecasts: &mut [SeriesForecast]) {
    let young = |series: &Series| series.open_days(prepared.last) < YOUNG_DAYS;
    if !prepared.series.iter().any(young) {
        return;
    }
    let Some(cold) = Cold::new(prepared) else {
        return;
    };
    for (index, forecast) in forecasts.iter_mut().enumerate() {
        let series = &prepared.series[index];
        if !young(series) {
            continue;
        }
        let quantiles = cold.forecast(index, &forecast.days);
        for (day, quantiles) in forecast.days.iter_mut().zip(quantiles) {
            finish(day, quantiles, series.whole);
        }
    }
}

fn finish(day: &mut DayForecast, mut quantiles: Quantiles, pieces: bool) {
    tidy(&mut quantiles);
    day.mean = mean(&quantiles);
    if pieces {
        whole(&mut quantiles);
    }
    day.quantiles = quantiles;
}
