//! The weights of a network as plain numbers: to average, to warm-start, to compare and to keep between threads.

use crate::dataset::IdMaps;
use crate::model::{Net, NetShape};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::HashMap;

/// Every parameter of a network, in the order of the network's own traversal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weights(pub Vec<f32>);

impl Weights {
    pub fn of(net: &Net) -> Self {
        struct Collect(Vec<f32>);
        impl ModuleVisitor for Collect {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let values = param.val().into_data_as::<f32>();
                self.0.extend_from_slice(
                    values
                        .as_slice::<f32>()
                        .expect("float parameters read as f32"),
                );
            }
        }
        let mut collect = Collect(Vec::with_capacity(net.num_params()));
        net.visit(&mut collect);
        Self(collect.0)
    }

    /// A network of this shape with these weights; `None` when their number does not fit.
    pub fn build(&self, shape: &NetShape, device: &Device) -> Option<Net> {
        struct Place<'a> {
            rest: &'a [f32],
            device: &'a Device,
        }
        impl ModuleMapper for Place<'_> {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                let dims = param.val().dims();
                let (values, rest) = self.rest.split_at(dims.iter().product());
                self.rest = rest;
                Param::from_data(TensorData::new(values.to_vec(), dims), self.device)
            }
        }
        let net = Net::new(shape, 0, device);
        if net.num_params() != self.0.len() {
            return None;
        }
        Some(net.map(&mut Place {
            rest: &self.0,
            device,
        }))
    }

    /// Moves the average towards `latest`: `self = decay x self + (1 - decay) x latest`.
    pub fn average(&mut self, latest: &Self, decay: f32) {
        for (mean, value) in self.0.iter_mut().zip(&latest.0) {
            *mean = decay * *mean + (1.0 - decay) * value;
        }
    }

    pub fn all_finite(&self) -> bool {
        self.0.iter().all(|v| v.is_finite())
    }

    /// The same network for another set of stores, products and categories: known ones keep their embedding, new ones
    /// start from the unknown one. `None` when the networks differ in more than that.
    pub fn carried_over(
        &self,
        old: (&NetShape, &IdMaps),
        new: (&NetShape, &IdMaps),
    ) -> Option<Self> {
        let (old_shape, old_ids) = old;
        let (new_shape, new_ids) = new;
        let same = NetShape {
            store_rows: new_shape.store_rows,
            product_rows: new_shape.product_rows,
            category_rows: new_shape.category_rows,
            ..old_shape.clone()
        };
        if same != *new_shape {
            return None;
        }
        let mut out = Vec::with_capacity(self.0.len());
        let mut rest = &self.0[..];
        // The embeddings are the network's first three parameters.
        for (old_rows, width, old_names, new_names) in [
            (
                old_shape.store_rows,
                old_shape.embedding,
                &old_ids.stores,
                &new_ids.stores,
            ),
            (
                old_shape.product_rows,
                old_shape.embedding,
                &old_ids.products,
                &new_ids.products,
            ),
            (
                old_shape.category_rows,
                old_shape.category_embedding,
                &old_ids.categories,
                &new_ids.categories,
            ),
        ] {
            let (table, tail) = rest.split_at_checked(old_rows * width)?;
            rest = tail;
            let known: HashMap<&str, usize> = old_names
                .iter()
                .zip(1..)
                .map(|(n, i)| (n.as_str(), i))
                .collect();
            out.extend_from_slice(&table[..width]);
            for name in new_names {
                let row = known.get(name.as_str()).copied().unwrap_or(0);
                out.extend_from_slice(table.get(row * width..(row + 1) * width)?);
            }
        }
        out.extend_from_slice(rest);
        Some(Self(out))
    }
}
