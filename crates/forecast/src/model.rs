//! The network: a residual multilayer perceptron of the TiDE family (Das et al. 2023, arXiv 2304.08424).
//!
//! History, projected future covariates, statics and embeddings are encoded once per window; each of the 28 days is then
//! decoded together with its own covariates. The median starts from a learned mix of same-weekday means; the other
//! quantiles are cumulative sums of positive steps away from it, so they cannot cross.

use crate::covariates::{ALIGNED, FUTURE, SKIP, STATICS};
use crate::dataset::Batch;
use crate::sold_out::pull;
use crate::window::HISTORY_WIDTH;
use burn::module::{Module, Param};
use burn::nn::{Embedding, LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::{relu, softmax, softplus};
use burn::tensor::{Device, Int, Tensor, TensorData};
use domain::panel::{HORIZON_DAYS, MEDIAN, QUANTILE_LEVELS};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

const LEVELS: usize = QUANTILE_LEVELS.len();
const STEPS: usize = LEVELS - 1;
const MIXES: usize = SKIP.end;
/// Mix logits, one multiplicative and one additive correction of the median, and the quantile steps.
const HEAD: usize = MIXES + 2 + STEPS;

/// Sizes of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetShape {
    /// Width of the encoder.
    pub hidden: usize,
    /// Residual blocks of the encoder.
    pub blocks: usize,
    /// Width of the decoder of a single day.
    pub day_hidden: usize,
    /// Numbers per day that the encoder hands to the day decoder.
    pub decoded: usize,
    /// Numbers per day into which the future covariates are projected for the encoder.
    pub projected: usize,
    /// Width of the store and of the product embedding.
    pub embedding: usize,
    /// Width of the category embedding.
    pub category_embedding: usize,
    /// Embedding rows, the unknown one included.
    pub store_rows: usize,
    pub product_rows: usize,
    pub category_rows: usize,
}

/// `x + W2 relu(W1 x)`, normalised.
#[derive(Module, Debug)]
struct Block {
    enter: Linear,
    leave: Linear,
    norm: LayerNorm,
}

impl Block {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let y = self.leave.forward(relu(self.enter.forward(x.clone())));
        self.norm.forward(x + y)
    }
}

/// The network.
#[derive(Module, Debug)]
pub(crate) struct Net {
    stores: Embedding,
    products: Embedding,
    categories: Embedding,
    project: Linear,
    encode: Linear,
    blocks: Vec<Block>,
    decode: Linear,
    day_context: Linear,
    day_enter: Linear,
    day_leave: Linear,
    day_skip: Linear,
}

impl Net {
    /// A network with weights drawn from `seed` alone, so that members can be made side by side.
    pub fn new(shape: &NetShape, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let context = STATICS.len() + 2 * shape.embedding + shape.category_embedding;
        let encoded = HISTORY_WIDTH + HORIZON_DAYS * shape.projected + context;
        let day = shape.decoded + FUTURE.len() + ALIGNED.len();
        let stores = embedding(&mut rng, shape.store_rows, shape.embedding, device);
        let products = embedding(&mut rng, shape.product_rows, shape.embedding, device);
        let categories = embedding(
            &mut rng,
            shape.category_rows,
            shape.category_embedding,
            device,
        );
        let project = linear(&mut rng, FUTURE.len(), shape.projected, 1.0, None, device);
        let encode = linear(&mut rng, encoded, shape.hidden, 1.0, None, device);
        let blocks = (0..shape.blocks)
            .map(|_| Block {
                enter: linear(&mut rng, shape.hidden, shape.hidden, 1.0, None, device),
                leave: linear(&mut rng, shape.hidden, shape.hidden, 1.0, None, device),
                norm: LayerNormConfig::new(shape.hidden).init(device),
            })
            .collect();
        let decode = linear(
            &mut rng,
            shape.hidden,
            HORIZON_DAYS * shape.decoded,
            1.0,
            None,
            device,
        );
        let day_context = linear(&mut rng, context, shape.day_hidden, 1.0, None, device);
        let day_enter = linear(&mut rng, day, shape.day_hidden, 1.0, None, device);
        let day_leave = linear(&mut rng, shape.day_hidden, HEAD, 0.3, None, device);
        // Steps start near 0.1 of the scale, corrections near 0, the mix even.
        let mut start = vec![0.0; HEAD];
        start[MIXES + 2..].fill(-2.0);
        let day_skip = linear(&mut rng, day, HEAD, 0.1, Some(start), device);
        Self {
            stores,
            products,
            categories,
            project,
            encode,
            blocks,
            decode,
            day_context,
            day_enter,
            day_leave,
            day_skip,
        }
    }

    /// Quantiles over the scale, `[windows x 28, 11]`, never decreasing; may dip below zero before clamping.
    pub fn forward(&self, input: &Input) -> Tensor<2> {
        let size = input.size;
        let rows = size * HORIZON_DAYS;
        let look = |table: &Embedding, ids: &Tensor<2, Int>| {
            let width = table.weight.shape().dims::<2>()[1];
            table.forward(ids.clone()).reshape([size, width])
        };
        let context = Tensor::cat(
            vec![
                input.statics.clone(),
                look(&self.stores, &input.stores),
                look(&self.products, &input.products),
                look(&self.categories, &input.categories),
            ],
            1,
        );
        let projected = relu(self.project.forward(input.future.clone())).reshape([size as i32, -1]);
        let mut x = relu(self.encode.forward(Tensor::cat(
            vec![input.history.clone(), projected, context.clone()],
            1,
        )));
        for block in &self.blocks {
            x = block.forward(x);
        }
        let decoded = self.decode.forward(x).reshape([rows as i32, -1]);
        let day = Tensor::cat(
            vec![decoded, input.future.clone(), input.aligned.clone()],
            1,
        );
        let context = self.day_context.forward(context);
        let width = context.dims()[1];
        let context = context
            .reshape([size, 1, width])
            .expand([size, HORIZON_DAYS, width])
            .reshape([rows, width]);
        let hidden = relu(self.day_enter.forward(day.clone()) + context);
        let out = self.day_leave.forward(hidden) + self.day_skip.forward(day);

        let means = input.aligned.clone().narrow(1, SKIP.start, MIXES);
        let mix = (softmax(out.clone().narrow(1, 0, MIXES), 1) * means).sum_dim(1);
        let gain = out.clone().narrow(1, MIXES, 1);
        let shift = out.clone().narrow(1, MIXES + 1, 1);
        let median = mix.clone() * (gain + 1.0) + shift;
        // Noise grows with the square root of the level, as counts do.
        let width = (input.aligned.clone().narrow(1, SKIP.end - 1, 1) + 0.05).sqrt();
        let steps = softplus(out.narrow(1, MIXES + 2, STEPS), 1.0) * width;
        steps.matmul(input.ladder.clone()) + median
    }
}

/// A batch on the device.
pub(crate) struct Input {
    size: usize,
    history: Tensor<2>,
    future: Tensor<2>,
    aligned: Tensor<2>,
    statics: Tensor<2>,
    stores: Tensor<2, Int>,
    products: Tensor<2, Int>,
    categories: Tensor<2, Int>,
    ladder: Tensor<2>,
}

impl Input {
    pub fn new(batch: &Batch, device: &Device) -> Self {
        let n = batch.size;
        let float = |values: &[f32], rows: usize| {
            let width = values.len() / rows.max(1);
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), [rows, width]), device)
        };
        let ids = |rows: &[i64]| {
            Tensor::<2, Int>::from_data(TensorData::new(rows.to_vec(), [n, 1]), device)
        };
        Self {
            size: n,
            history: float(&batch.history, n),
            future: float(&batch.future, n * HORIZON_DAYS),
            aligned: float(&batch.aligned, n * HORIZON_DAYS),
            statics: float(&batch.statics, n),
            stores: ids(&batch.stores),
            products: ids(&batch.products),
            categories: ids(&batch.categories),
            ladder: ladder(device),
        }
    }
}

/// Sums the steps between a level and the median: `[steps, levels]`, -1 below the median, +1 above it.
fn ladder(device: &Device) -> Tensor<2> {
    let mut values = vec![0.0f32; STEPS * LEVELS];
    for step in 0..STEPS {
        for level in 0..LEVELS {
            if step < MEDIAN && level <= step {
                values[step * LEVELS + level] = -1.0;
            } else if step >= MEDIAN && level > step {
                values[step * LEVELS + level] = 1.0;
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [STEPS, LEVELS]), device)
}

/// Weighted mean of the quantile losses `max(q (y - f), (q - 1)(y - f))` over days and levels.
///
/// A sold-out day says that demand was at least `y`: forecasts below it cost the usual, forecasts above it are pulled up by
/// the probability that is beyond `y` (see [`crate::sold_out`]).
pub(crate) fn pinball(forecast: Tensor<2>, batch: &Batch, device: &Device) -> Tensor<1> {
    let rows = batch.target.len();
    let column = |values: &[f32]| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), [rows, 1]), device)
    };
    let row = |values: [f64; LEVELS]| {
        let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
        Tensor::<2>::from_data(TensorData::new(values, [1, LEVELS]), device)
    };
    let total: f32 = batch.weight.iter().sum();
    let pulls = pulls(&forecast, batch);
    let error = column(&batch.target) - forecast;
    let below = relu(error.clone()) * row(QUANTILE_LEVELS) * column(&batch.weight);
    let above = relu(error.clone().neg())
        * row(QUANTILE_LEVELS.map(|l| 1.0 - l))
        * column(&batch.weight_above);
    let mut loss = below + above;
    if let Some(pulls) = pulls {
        loss = loss + error * Tensor::from_data(TensorData::new(pulls, [rows, LEVELS]), device);
    }
    loss.sum()
        .div_scalar(total.max(f32::MIN_POSITIVE) * LEVELS as f32)
}

/// The pulls of the sold-out days on every quantile, by what the network believes now; `None` without such a day.
fn pulls(forecast: &Tensor<2>, batch: &Batch) -> Option<Vec<f32>> {
    let sold_out = |day: &usize| batch.weight[*day] > 0.0 && batch.weight_above[*day] == 0.0;
    let days: Vec<usize> = (0..batch.target.len()).filter(sold_out).collect();
    if days.is_empty() {
        return None;
    }
    let believed = forecast.clone().detach().into_data_as::<f32>();
    let believed = believed.as_slice::<f32>().expect("forecasts read as f32");
    let mut pulls = vec![0.0; batch.target.len() * LEVELS];
    for day in days {
        let places = day * LEVELS..(day + 1) * LEVELS;
        let believed = &believed[places.clone()];
        // Where every day sells out nothing would hold the forecast: it is pulled no farther than what is usual.
        let aligned = &batch.aligned[day * ALIGNED.len()..];
        let usual = aligned[SKIP.start + 1].max(aligned[SKIP.start + 2]);
        if believed[MEDIAN] > usual.max(batch.target[day]) {
            continue;
        }
        let pull = pull(believed, batch.target[day]);
        for (place, pull) in pulls[places].iter_mut().zip(pull) {
            *place = pull * batch.weight[day];
        }
    }
    Some(pulls)
}

fn uniform(rng: &mut ChaCha8Rng, count: usize, bound: f32) -> Vec<f32> {
    (0..count)
        .map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound)
        .collect()
}

/// Uniform in `+-gain / sqrt(inputs)`; the bias likewise unless given.
fn linear(
    rng: &mut ChaCha8Rng,
    inputs: usize,
    outputs: usize,
    gain: f32,
    bias: Option<Vec<f32>>,
    device: &Device,
) -> Linear {
    let bound = gain / (inputs as f32).sqrt();
    let weight = uniform(rng, inputs * outputs, bound);
    let bias = bias.unwrap_or_else(|| uniform(rng, outputs, bound));
    Linear {
        weight: Param::from_data(TensorData::new(weight, [inputs, outputs]), device),
        bias: Some(Param::from_data(TensorData::new(bias, [outputs]), device)),
    }
}

fn embedding(rng: &mut ChaCha8Rng, rows: usize, width: usize, device: &Device) -> Embedding {
    let weight = uniform(rng, rows * width, 0.1);
    Embedding {
        weight: Param::from_data(TensorData::new(weight, [rows, width]), device),
    }
}
