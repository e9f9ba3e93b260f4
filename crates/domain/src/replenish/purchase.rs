//! What to buy: how much at a time, and when.

use super::normal;

/// Shortest time over which a bought quantity may last, in days, however cheap an order is.
const SHORTEST_DAYS: f64 = 1.0;

/// The quantity that makes ordering and keeping together cheapest, `sqrt(2 K D / h)` (Harris 1913; Snyder and Shen, section 3.2):
/// `order_cost` K for each order, `demand` D of a year, `holding_cost` h of a unit for a year. And the cost of a year,
/// `sqrt(2 K D h)`. `None` where one of them is not positive: then nothing speaks for one size over another.
#[must_use]
pub fn economic_order_quantity(
    order_cost: f64,
    demand: f64,
    holding_cost: f64,
) -> Option<(f64, f64)> {
    let positive = |x: f64| x.is_finite() && x > 0.0;
    (positive(order_cost) && positive(demand) && positive(holding_cost)).then(|| {
        let quantity = (2.0 * order_cost * demand / holding_cost).sqrt();
        (quantity, (2.0 * order_cost * demand * holding_cost).sqrt())
    })
}

/// What is kept against demand that is higher than expected while a delivery is awaited: `z * sd`, `sd` of the demand over that time
/// (Snyder and Shen, section 4.3.2, for a cycle service level).
#[must_use]
pub fn safety_stock(service_level: f64, sd: f64) -> f64 {
    normal::inverse(service_level.clamp(0.5, 0.9999)) * sd.max(0.0)
}

/// An ingredient as its buyer sees it. Quantities in base units, money in minor units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PurchaseInput {
    /// On the shelf.
    pub on_hand: i64,
    /// Of it promised to batches in the oven.
    pub reserved: i64,
    /// Ordered from suppliers and not received yet.
    pub on_order: i64,
    /// Expected need of a day.
    pub daily_need: f64,
    /// Standard deviation of the need over the lead time.
    pub lead_sd: f64,
    pub lead_days: u32,
    /// Share of the waits during which nothing runs out, in basis points.
    pub service_level_bp: i32,
    /// Sold in packs of so many.
    pub pack_quantity: i64,
    pub pack_price_minor: Option<i64>,
    /// What an order costs besides its goods.
    pub order_cost_minor: i64,
    /// What keeping costs in a year, as a share of the value, in basis points.
    pub holding_bp: i32,
    pub shelf_life_days: u32,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// At or below which is ordered.
    pub reorder_point: i64,
    pub safety_stock: i64,
    /// Cheapest quantity of an order; `None` where price or costs are not known.
    pub economic_quantity: Option<i64>,
    /// Packs to buy now; 0 = nothing.
    pub packs: i64,
}

impl PurchaseInput {
    /// The inventory position: what there is, less what is promised, and what is on its way (Snyder and Shen, section 4.1). What is
    /// ordered is decided by it and not by the shelf alone, or the same is ordered again until it comes.
    #[must_use]
    pub const fn position(&self) -> i64 {
        self.on_hand
            .saturating_sub(self.reserved)
            .saturating_add(self.on_order)
    }
}

/// Reorder point and order quantity. What is bought brings the inventory position above the reorder point, but is never more than is used while it
/// keeps: a pack, if even that is more.
#[must_use]
pub fn purchase(input: &PurchaseInput) -> Purchase {
    let need = input.daily_need.max(0.0);
    let level = f64::from(input.service_level_bp) / 10_000.0;
    let safety = safety_stock(level, input.lead_sd);
    let point = need * f64::from(input.lead_days) + safety;
    let pack = input.pack_quantity.max(1) as f64;
    let unit_price = input.pack_price_minor.map(|price| price as f64 / pack);
    let economic = unit_price.and_then(|price| {
        let holding = price * f64::from(input.holding_bp) / 10_000.0;
        economic_order_quantity(input.order_cost_minor as f64, need * 365.0, holding)
    });
    let available = input.position() as f64;
    let packs = if available > point || (need <= 0.0 && point <= 0.0 && available >= 0.0) {
        0.0
    } else {
        let keeps = need * f64::from(input.shelf_life_days).max(SHORTEST_DAYS);
        // Without costs, what a week takes: the rhythm of most suppliers.
        let wanted = economic.map_or(need * 7.0, |(quantity, _)| quantity);
        let least = point - available;
        let packs = (wanted.min(keeps) / pack).round();
        // What is owed already is used up on the day it comes.
        let most = ((keeps + (-available).max(0.0)) / pack).floor();
        packs.max((least / pack).ceil()).min(most).max(1.0)
    };
    let whole = |x: f64| x.ceil() as i64;
    Purchase {
        reorder_point: whole(point),
        safety_stock: whole(safety),
        economic_quantity: economic.map(|(quantity, _)| quantity.round() as i64),
        packs: packs as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flour() -> PurchaseInput {
        PurchaseInput {
            on_hand: 50_000,
            reserved: 0,
            on_order: 0,
            daily_need: 20_000.0,
            lead_sd: 5_000.0,
            lead_days: 2,
            service_level_bp: 9_500,
            pack_quantity: 25_000,
            pack_price_minor: Some(2_000),
            order_cost_minor: 1_500,
            holding_bp: 2_000,
            shelf_life_days: 90,
        }
    }

    /// Example 3.1 of Snyder and Shen, as stockpyl works it: fixed cost 8, holding cost 0.225, demand 1,300.
    #[test]
    fn the_worked_example_of_stockpyl_is_reproduced() {
        let (quantity, cost) = economic_order_quantity(8.0, 1_300.0, 0.225).expect("a quantity");
        assert!(
            (quantity - 304.046_780_026_436_8).abs() < 1e-9,
            "{quantity}"
        );
        assert!((cost - 68.410_525_505_948_3).abs() < 1e-9, "{cost}");
        for (k, d, h) in [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, f64::NAN)] {
            assert_eq!(economic_order_quantity(k, d, h), None);
        }
    }

    #[test]
    fn reorder_point_and_safety_stock_follow_the_closed_forms() {
        let bought = purchase(&flour());
        // z(0.95) = 1.6449 times 5,000, and two days of 20,000.
        assert_eq!((bought.safety_stock, bought.reorder_point), (8_225, 48_225));
        assert_eq!(bought.packs, 0, "there is more than the reorder point");
        let economic = (2.0 * 1_500.0 * 20_000.0 * 365.0 / (0.08 * 0.2_f64)).sqrt();
        assert_eq!(bought.economic_quantity, Some(economic.round() as i64));
        let short = purchase(&PurchaseInput {
            reserved: 10_000,
            ..flour()
        });
        // 1,170 kg are 47 packs of 25 kg, and keep.
        assert_eq!(short.packs, 47);
    }

    #[test]
    fn what_is_on_order_is_not_bought_again() {
        let short = PurchaseInput {
            reserved: 10_000,
            ..flour()
        };
        let bought = purchase(&short);
        assert_eq!(bought.packs, 47);
        let ordered = PurchaseInput {
            on_order: bought.packs * short.pack_quantity,
            ..short
        };
        assert_eq!(ordered.position(), 40_000 + 47 * 25_000);
        assert_eq!(purchase(&ordered).packs, 0);
        // The reorder point is 48,225: a sack on its way is enough, a bag of 8 kg is not.
        for (on_order, packs) in [(25_000, 0), (8_226, 0), (8_000, 47)] {
            let input = PurchaseInput { on_order, ..short };
            assert_eq!(purchase(&input).packs, packs, "{on_order} on order");
        }
    }

    #[test]
    fn nothing_is_bought_that_would_spoil_or_that_nobody_needs() {
        let milk = PurchaseInput {
            on_hand: 0,
            shelf_life_days: 5,
            ..flour()
        };
        assert_eq!(purchase(&milk).packs, 4);
        // Until the next delivery five days are wanted, but cream keeps for two: a pack of 25 lasts, two would not.
        let cream = PurchaseInput {
            on_hand: 0,
            lead_days: 5,
            shelf_life_days: 2,
            ..flour()
        };
        assert_eq!(purchase(&cream).packs, 1);
        let in_a_barrel = PurchaseInput {
            pack_quantity: 200_000,
            ..cream
        };
        assert_eq!(purchase(&in_a_barrel).packs, 1);
        let unused = PurchaseInput {
            on_hand: 0,
            daily_need: 0.0,
            lead_sd: 0.0,
            ..flour()
        };
        assert_eq!(purchase(&unused).packs, 0);
        let unpriced = PurchaseInput {
            on_hand: 0,
            pack_price_minor: None,
            ..flour()
        };
        assert_eq!(
            (
                purchase(&unpriced).economic_quantity,
                purchase(&unpriced).packs
            ),
            (None, 6)
        );
    }

    proptest! {
        /// No other quantity is cheaper in a year.
        #[test]
        fn the_economic_quantity_is_the_cheapest(k in 1.0..1e4_f64, d in 1.0..1e7_f64, h in 1e-3..10.0_f64, factor in 0.1..10.0_f64) {
            let (best, cost) = economic_order_quantity(k, d, h).expect("positive");
            let of = |q: f64| k * d / q + h * q / 2.0;
            prop_assert!((of(best) - cost).abs() <= 1e-9 * cost);
            prop_assert!(of(best * factor) >= cost * (1.0 - 1e-9));
        }

        /// What is bought brings the stock above the reorder point, or is all that is used while it keeps; of more than a pack nothing spoils.
        #[test]
        fn what_is_bought_suffices_or_is_all_that_keeps(
            on_hand in -100_000..1_000_000_i64,
            need in 0.0..50_000.0_f64,
            sd in 0.0..20_000.0_f64,
            pack in 1..30_000_i64,
            life in 1..200_u32,
        ) {
            let input = PurchaseInput { on_hand, daily_need: need, lead_sd: sd, pack_quantity: pack, shelf_life_days: life, ..flour() };
            let bought = purchase(&input);
            prop_assert!(bought.packs >= 0);
            let quantity = (bought.packs * pack) as f64;
            let used = need * f64::from(life) + (-on_hand as f64).max(0.0);
            prop_assert!(bought.packs <= 1 || quantity <= used + 1e-6, "{} of {}", quantity, used);
            let suffices = on_hand as f64 + quantity >= need * 2.0 + safety_stock(0.95, sd) - 1e-6;
            prop_assert!(suffices || quantity + pack as f64 > used - 1e-6, "{} of {}", quantity, used);
        }

        /// What is on its way counts as if it stood on the shelf; the more of it, the less is bought, and once the position is above the
        /// reorder point nothing is.
        #[test]
        fn on_order_nets_as_stock_does(
            on_hand in -100_000..200_000_i64,
            reserved in 0..100_000_i64,
            on_order in 0..400_000_i64,
            more in 0..400_000_i64,
            need in 0.0..50_000.0_f64,
            life in 1..200_u32,
        ) {
            let input = PurchaseInput { on_hand, reserved, on_order, daily_need: need, shelf_life_days: life, ..flour() };
            let bought = purchase(&input);
            let on_the_shelf = PurchaseInput { on_hand: on_hand + on_order, on_order: 0, ..input };
            prop_assert_eq!(bought, purchase(&on_the_shelf));
            let with_more = purchase(&PurchaseInput { on_order: on_order + more, ..input });
            prop_assert!(with_more.packs <= bought.packs);
            if input.position() > bought.reorder_point {
                prop_assert_eq!(bought.packs, 0);
            }
        }
    }
}
