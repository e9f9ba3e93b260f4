//! What leaves the kitchen: the list that goes with the crates, and the labels on them. Quantities in the product's base unit.

use chrono::NaiveDate;
use domain::{OrderStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// So many shops stand on one list, or have their labels on one page: where more have batches on a day, one is chosen first.
pub const MAX_STORES: usize = 40;

/// Which batches go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadDispatch {
    /// The day on which they are baked.
    pub date: NaiveDate,
    /// One shop's batches; those of all shops that the reader sees where it is left out.
    #[serde(default)]
    pub store_id: Option<Uuid>,
}

/// Which batches to label: those of a day, or one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadLabels {
    /// The day on which they were baked; needed where no order is named.
    #[serde(default)]
    pub date: Option<NaiveDate>,
    /// One shop's batches; those of all shops that the reader sees where it is left out.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    /// One order, whatever its day and shop.
    #[serde(default)]
    pub order_id: Option<Uuid>,
}

/// The goods that came out of an order at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PrintedLotView))]
pub struct LotView {
    /// As printed: `L260310-42`, the day and the number of the order; `L260310-42-2` is the second part that came out of it.
    pub number: String,
    /// Trading day at the destination.
    pub produced_on: NaiveDate,
    /// Last day on which it can be sold.
    pub best_before: NaiveDate,
}

/// A batch on the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DispatchBatch {
    pub order_id: Uuid,
    /// Number of the order.
    pub number: i64,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    pub tray_size: i64,
    pub status: OrderStatus,
    pub planned_quantity: i64,
    /// So far, also while more follows.
    pub produced_quantity: Option<i64>,
    /// Of what came out, part by part.
    pub lots: Vec<LotView>,
}

impl DispatchBatch {
    /// What goes out: what came out of the oven; what is planned until the last of it is out, and more if more came.
    #[must_use]
    pub fn quantity(&self) -> i64 {
        match (self.status, self.produced_quantity) {
            (OrderStatus::Completed, Some(produced)) => produced,
            (_, produced) => self.planned_quantity.max(produced.unwrap_or(0)),
        }
    }

    /// Trays that it takes, the last one perhaps not full; `None` where trays say nothing.
    #[must_use]
    pub fn trays(&self) -> Option<i64> {
        let size = self.tray_size;
        (size > 1).then(|| (self.quantity() + size - 1) / size)
    }
}

/// What one shop gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreDispatch {
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    /// By product name, then number.
    pub batches: Vec<DispatchBatch>,
}

/// One product over all shops of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DispatchTotal {
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    /// Planned and not out of the oven.
    pub expected: i64,
    pub produced: i64,
}

/// A shop that has batches on a day, to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreToChoose {
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    pub batches: u32,
    /// Of them, those that are not finished.
    pub unfinished: u32,
}

/// What goes out on a day; cancelled batches are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DispatchView {
    pub date: NaiveDate,
    /// By code; shops that get nothing are left out. None where one is to be chosen first.
    pub stores: Vec<StoreDispatch>,
    /// By code, where no shop was named and more than [`MAX_STORES`] have batches: all that have some.
    pub choose_from: Vec<StoreToChoose>,
    /// By product name.
    pub totals: Vec<DispatchTotal>,
}

/// An ingredient as a label names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeclaredIngredient {
    pub name: String,
    /// What it brings of `domain::allergens::ALLERGENS`, and what else was typed.
    pub allergens: Vec<String>,
    /// Whether its weight is known. What is counted in pieces has none and stands last.
    pub is_weighed: bool,
}

/// What stands on the label of a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelView {
    pub order_id: Uuid,
    pub lot: LotView,
    pub store_code: String,
    pub store_name: String,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    /// Of the whole lot.
    pub quantity: i64,
    pub tray_size: i64,
    /// Through all levels of the recipe as it is now, the heaviest first; `None` where the product has no recipe.
    pub ingredients: Option<Vec<DeclaredIngredient>>,
    /// Of the product.
    pub allergens: Vec<String>,
}

/// Labels to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelsView {
    /// By store code, product name and lot. None where a shop is to be chosen first.
    pub labels: Vec<LabelView>,
    /// By code, where neither a shop nor an order was named and more than [`MAX_STORES`] have batches: all that have some.
    pub choose_from: Vec<StoreToChoose>,
    /// Batches that are not finished: more lots will come.
    pub unfinished: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_tray_counts_also_when_it_is_not_full() {
        let batch = DispatchBatch {
            order_id: Uuid::nil(),
            number: 1,
            product_id: Uuid::nil(),
            sku: String::new(),
            product_name: String::new(),
            unit: Unit::Piece,
            tray_size: 12,
            status: OrderStatus::Pending,
            planned_quantity: 25,
            produced_quantity: None,
            lots: Vec::new(),
        };
        assert_eq!((batch.quantity(), batch.trays()), (25, Some(3)));
        let partly = DispatchBatch {
            status: OrderStatus::InProgress,
            produced_quantity: Some(12),
            ..batch.clone()
        };
        assert_eq!(partly.quantity(), 25);
        let done = DispatchBatch {
            status: OrderStatus::Completed,
            produced_quantity: Some(24),
            ..batch.clone()
        };
        assert_eq!((done.quantity(), done.trays()), (24, Some(2)));
        let loose = DispatchBatch {
            tray_size: 1,
            ..batch
        };
        assert_eq!(loose.trays(), None);
    }
}
