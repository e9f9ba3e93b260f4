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
pub(crate) const WINDOWS: usize = 128;
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
        let (mut forecasts, _) = ground(prepared);
        for (index, days) in opinions.iter().enumerate() {
            let Some(days) = days else { continue };
            for day in &mut forecasts[index].days {
                let ahead = (day_number(day.target_date) - prepared.last) as usize;
                let series = &prepared.series[index];
                self.settle(series, index, ahead, &days[ahead - 1], day)?;
            }
        }
        Ok(forecasts)
    }

    /// Makes one day's forecast of what both families say and of what stands there without them.
    pub(crate) fn settle(
        &self,
        series: &Series,
        index: usize,
        ahead: usize,
        opinions: &Opinions,
        day: &mut DayForecast,
    ) -> Result<(), ForecastError> {
        let known = series.valid_days(series.last);
        let share = (f64::from(known.saturating_sub(LEAST_HISTORY))
            / f64::from(FULL_HISTORY - LEAST_HISTORY))
        .min(1.0);
        let mut quantiles = self.manifest.blend.apply(ahead, opinions);
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
        Ok(())
    }

    /// What one family said, and the other.
    pub(crate) fn opinion(&self, mut quantiles: Quantiles, expected: f64) -> Opinions {
        tidy(&mut quantiles);
        let has_trees = !self.manifest.config.without.contains(&Part::Trees);
        Opinions {
            quantiles,
            mean: mean(&quantiles),
            expected: if has_trees { expected } else { f64::NAN },
        }
    }

    /// What the network and the trees say, before blend and calibration; `None` where they have nothing to say.
    pub(crate) fn opinions(
        &self,
        prepared: &Prepared<'_>,
    ) -> Result<Vec<Option<[Opinions; HORIZON_DAYS]>>, ForecastError> {
        let expected = self.companion.expect(prepared);
        let days = self.quantiles(prepared)?.into_iter().zip(expected);
        let opinions = days.map(|(quantiles, expected)| {
            let (quantiles, expected) = (quantiles?, expected?);
            Some(std::array::from_fn(|day| {
                self.opinion(quantiles[day], expected[day])
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
                batch.pad(self.manifest.shape.hidden);
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

/// What stands there without a model: the baseline, and where a series is too young for it what the chain knows of its like, if
/// there are such series and it knows enough.
pub(crate) fn ground(prepared: &Prepared<'_>) -> (Vec<SeriesForecast>, Option<Cold>) {
    let mut forecasts = baseline::forecast(
        prepared.panel,
        &prepared.series,
        prepared.last,
        Baseline::WeekdayMean,
    );
    if !prepared.series.iter().any(is_young) {
        return (forecasts, None);
    }
    let Some(cold) = Cold::new(prepared) else {
        return (forecasts, None);
    };
    for (series, forecast) in prepared.series.iter().zip(&mut forecasts) {
        if is_young(series) {
            grow(&cold, series, &mut forecast.days);
        }
    }
    (forecasts, Some(cold))
}

pub(crate) fn is_young(series: &Series) -> bool {
    series.open_days(series.last) < YOUNG_DAYS
}

/// Puts what the chain knows in the place of the baseline of a young series.
pub(crate) fn grow(cold: &Cold, series: &Series, days: &mut [DayForecast]) {
    let quantiles = cold.forecast(series, days);
    for (day, quantiles) in days.iter_mut().zip(quantiles) {
        finish(day, quantiles, series.whole);
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
