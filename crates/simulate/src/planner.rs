//! The baker of the old school: bakes what the same weekday sold in the last weeks, a little more, and remembers
//! feasts half. Its shelves run empty on good days and full bins on bad ones are its daily bread.

use crate::assortment::Product;
use crate::chain::Chain;
use crate::demand::{StoreDay, dispersion, weekday, weekday_factor};
use crate::season::small;
use crate::stream::{Purpose, normal, stream, whole};
use chrono::NaiveDate;
use domain::ReplenishmentPolicy;
use rand_chacha::ChaCha8Rng;

/// Weight of the newest same weekday in the baker's memory.
const MEMORY: f64 = 0.3;
/// Safety in standard deviations, as habit has it: freer with what may be sold tomorrow too.
fn caution(item: &Product) -> f64 {
    match item.shelf_life_days {
        ..=1 => 1.15,
        2 => 1.5,
        _ => 1.8,
    }
}

/// How much of a feast, a season and an offer the baker's gut foresees, as exponents.
const FEAST: f64 = 0.7;
const SEASON: f64 = 0.9;
const OFFER: f64 = 0.6;

/// What the baker remembers of each shop and product.
pub(crate) struct Planner {
    products: usize,
    /// Usual sale by weekday, feasts, seasons and offers taken out. By shop, then product.
    usual: Vec<[f64; 7]>,
}

impl Planner {
    pub(crate) fn new(chain: &Chain) -> Self {
        let products = chain.products().len();
        let mut usual = Vec::with_capacity(chain.shop_count() * products);
        for store in 0..chain.shop_count() {
            for product in 0..products {
                let mut rng = stream(chain.config.seed, Purpose::Planner, store, product);
                let guess = chain.appeals[product].base
                    * chain.trades[store].size
                    * chain.affinity_of(store, product)
                    * normal(&mut rng, 0.0, 0.12).exp();
                let category = chain.products()[product].category;
                usual.push(std::array::from_fn(|day| {
                    guess * weekday_factor(category, day)
                }));
            }
        }
        Self { products, usual }
    }

    /// What the gut makes of a special day, against a usual one.
    pub(crate) fn gut(
        chain: &Chain,
        product: usize,
        around: &StoreDay,
        day: NaiveDate,
        promotion: Option<usize>,
    ) -> f64 {
        let season = chain.appeals[product].season.factor(day).unwrap_or(1.0);
        let offered = promotion.map_or(1.0, |index| chain.promotions()[index].uplift());
        let feast = around.special[chain.products()[product].category];
        feast.powf(FEAST) * season.powf(SEASON) * offered.powf(OFFER)
    }

    /// Pieces to bake or to have delivered for a day, in whole trays.
    pub(crate) fn quantity(
        &self,
        chain: &Chain,
        store: usize,
        product: usize,
        day: NaiveDate,
        gut: f64,
        on_hand: i64,
        rng: &mut ChaCha8Rng,
    ) -> i64 {
        let item = &chain.products()[product];
        let usual = &self.usual[store * self.products + product];
        match item.policy {
            ReplenishmentPolicy::ReorderPoint => {
                let daily = gut * usual.iter().sum::<f64>() / 7.0;
                if small(on_hand) > 3.0 * daily {
                    0
                } else {
                    trays_up(item, 9.0 * daily - small(on_hand))
                }
            }
            ReplenishmentPolicy::Newsvendor => {
                let expected = gut * usual[weekday(day)];
                let spread = (expected
                    + expected * expected / dispersion(chain.appeals[product].base))
                .sqrt();
                let wanted = expected + normal(rng, caution(item), 0.25) * spread - small(on_hand);
                let trays = whole(wanted / small(item.tray_size)).max(i64::from(on_hand == 0));
                trays * item.tray_size
            }
        }
    }

    /// Remembers a day. An empty shelf says that more would have gone.
    pub(crate) fn learn(
        &mut self,
        store: usize,
        product: usize,
        day: NaiveDate,
        gut: f64,
        sold: i64,
        emptied: bool,
    ) {
        let seen = small(sold) / gut * if emptied { 1.08 } else { 1.0 };
        let usual = &mut self.usual[store * self.products + product][weekday(day)];
        *usual += MEMORY * (seen - *usual);
    }
}

fn trays_up(item: &Product, wanted: f64) -> i64 {
    let tray = small(item.tray_size);
    whole((wanted / tray).ceil().max(1.0)) * item.tray_size
}
