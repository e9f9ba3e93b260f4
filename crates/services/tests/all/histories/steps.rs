//! What may happen in a history: a command through the services, and what the reference has of it.

use super::reference::{FactId, Shelf, What};
use super::{
    Booking, History, OnRoad, PRODUCTS, STORES, Said, Sheet, adjustment, code, on_the_wall, other,
    sku,
};
use crate::sales::taken;
use crate::scene::{baking, complete, reason};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use contract::counts::{EnterCounts, EnteredCount, HandInCount};
use contract::imports::DecideImport;
use contract::orders::{CompleteOrder, RecallOrder};
use contract::sales::{NewSale, NewSaleLine, RecordSales};
use contract::stock::{
    CountView, CountedProduct, PostCount, RemoveStock, ReverseMovement, StockChange,
};
use contract::transfers::{
    CancelTransfer, CreateTransfer, ReceiveTransfer, ReceivedQuantity, TransferQuantity,
};
use domain::orders::RECALL_MINUTES;
use domain::stock::REVERSAL_HOURS;
use domain::{CountSheetStatus, ImportStatus, MovementKind, ReturnTo, StockReason};
use services::ServiceResult;
use std::collections::BTreeMap;
use uuid::Uuid;

impl History<'_> {
    /// Tickets of a till, each of any earlier moment; they are taken even where the shelf falls below zero. Some begin with something that
    /// was brought back: as if nothing had moved where it is thrown away.
    pub(super) async fn sell(&mut self) {
        let mut sales = Vec::new();
        for _ in 0..self.dice.between(1, 2) {
            let store = self.dice.below(STORES);
            let at = self.when().unwrap_or(self.now);
            let mut lines = Vec::new();
            for n in 0..self.dice.between(1, 3) {
                let (product, pieces) = (self.dice.below(PRODUCTS), self.dice.between(1, 7));
                let return_to = match (self.tickets % 6, n) {
                    (2, 0) => Some(ReturnTo::Waste),
                    (4, 0) => Some(ReturnTo::Shelf),
                    _ => None,
                };
                let (quantity, change) = match return_to {
                    None => (pieces, -pieces),
                    Some(ReturnTo::Waste) => (-pieces, 0),
                    Some(ReturnTo::Shelf) => (-pieces, pieces),
                };
                lines.push(NewSaleLine {
                    sku: sku(product),
                    quantity,
                    unit_price_minor: 200,
                    total_minor: 200 * quantity,
                    promotion_code: None,
                    return_to,
                });
                self.reference
                    .learn((store, product), at, What::Moved(change));
                match return_to {
                    None if self.level((store, product)) < 0 => self.note("sold below zero"),
                    None => {}
                    Some(ReturnTo::Waste) => self.note("brought back"),
                    Some(ReturnTo::Shelf) => self.note("back on sale"),
                }
            }
            self.tickets += 1;
            sales.push(NewSale {
                transaction_id: format!("T{}", self.tickets),
                store_code: code(store),
                sold_at: at.to_rfc3339_opts(SecondsFormat::Secs, true),
                payment_method: None,
                lines,
            });
        }
        let wanted = u32::try_from(sales.len()).expect("few");
        let command = RecordSales { sales };
        let desk = self.at_desk();
        let till = self.db.services().sales();
        let told = till.record(&desk, command.clone()).await.expect("recorded");
        assert_eq!(told.recorded, wanted, "{}: {told:?}", self.place());
        if self.dice.one_in(4) {
            let again = till.record(&desk, command).await.expect("known");
            assert_eq!(again.already_recorded, wanted, "{}", self.place());
        }
        self.note("sold");
    }

    /// Waste or a donation. Accepted exactly where it was there then and ever since; what a device sends late counts as of now where it
    /// was not, nobody counted and it is there now.
    pub(super) async fn remove(&mut self) {
        let shelf = self.any_shelf();
        let quantity = self.dice.between(1, 8);
        let said = [Said::Now, Said::OnTheWall, Said::Pressed][self.dice.below(3)];
        let at = match said {
            Said::Now => self.now,
            Said::OnTheWall | Said::Pressed => self.earlier(),
        };
        self.remove_at(shelf, quantity, said, at).await;
    }

    pub(super) async fn remove_at(
        &mut self,
        shelf: Shelf,
        quantity: i64,
        said: Said,
        at: DateTime<Utc>,
    ) {
        let (store_id, product_id) = self.ids(shelf);
        let is_there_now = self.level(shelf) >= quantity;
        let stands = if self.reference.was_there(shelf, at, quantity) {
            Some(at)
        } else if said == Said::Pressed
            && is_there_now
            && !self.reference.is_counted_since(shelf, at)
        {
            Some(self.now)
        } else {
            None
        };
        let (kind, why) = if self.dice.one_in(2) {
            (MovementKind::Waste, StockReason::NotSold)
        } else {
            (MovementKind::Donation, StockReason::GivenAway)
        };
        let command = RemoveStock {
            command_id: Uuid::now_v7(),
            store_id,
            product_id,
            kind,
            quantity,
            reason: why,
            note: None,
            at: (said == Said::OnTheWall).then(|| on_the_wall(at)),
            pressed_at: (said == Said::Pressed).then_some(at),
        };
        let desk = self.at_desk();
        let answer = self.db.services().stock().remove(&desk, command).await;
        if let Some(moment) = stands {
            self.note(match said {
                Said::Now => "removed",
                _ if moment == at => "removed late",
                _ => "removed, now for then",
            });
        }
        self.booked(shelf, -quantity, stands, answer);
    }

    pub(super) async fn adjust(&mut self) {
        let shelf = self.any_shelf();
        let mut change = self.dice.between(1, 10);
        if self.dice.one_in(2) {
            change = -change;
        }
        let said = self.when();
        let at = said.unwrap_or(self.now);
        let may = change > 0 || self.reference.was_there(shelf, at, -change);
        let command = adjustment(self.ids(shelf), change, said.map(on_the_wall));
        let desk = self.at_desk();
        let answer = self.db.services().stock().adjust(&desk, command).await;
        // How old the goods are is not the reference's to know.
        if let Err(error) = &answer
            && may
            && change < 0
            && reason(error) == "takes_expired"
        {
            self.note("not removed");
            return;
        }
        if may {
            self.note("adjusted");
        }
        self.booked(shelf, change, may.then_some(at), answer);
    }

    /// A booking by hand was answered: accepted where the reference says so, as of this moment, or refused.
    fn booked(
        &mut self,
        shelf: Shelf,
        change: i64,
        stands: Option<DateTime<Utc>>,
        answer: ServiceResult<StockChange>,
    ) {
        let place = self.place();
        match (answer, stands) {
            (Ok(answer), Some(at)) => {
                let fact = self.reference.learn(shelf, at, What::Moved(change));
                assert_eq!(answer.on_hand, self.level(shelf), "{place}");
                self.bookings.push(Booking {
                    movement_id: answer.movement_id,
                    fact,
                    recorded_at: self.now,
                    is_reversed: false,
                });
            }
            (Err(error), None) => {
                assert_eq!(reason(&error), "exceeds_on_hand", "{place}: {error}");
                self.note("not removed");
            }
            (answer, stands) => {
                panic!(
                    "{place}: {change} on {shelf:?}: {answer:?}, and by the reference {stands:?}"
                )
            }
        }
    }

    pub(super) async fn take_back(&mut self) {
        if self.bookings.is_empty() {
            return;
        }
        let at = self.dice.below(self.bookings.len());
        let booking = &self.bookings[at];
        let (movement_id, fact) = (booking.movement_id, booking.fact);
        let is_fresh = self.now <= booking.recorded_at + TimeDelta::hours(REVERSAL_HOURS);
        let may_be = is_fresh && !booking.is_reversed;
        // What was added and is gone by now cannot be taken back.
        let is_gone = may_be && self.reference.is_needed(fact);
        let may = may_be && !is_gone;
        let command = ReverseMovement {
            command_id: Uuid::now_v7(),
            movement_id,
            note: None,
        };
        let desk = self.at_desk();
        let answer = self.db.services().stock().reverse(&desk, command).await;
        match answer {
            Ok(answer) if may => {
                let shelf = self.reference.forget(fact);
                assert_eq!(answer.on_hand, self.level(shelf), "{}", self.place());
                self.bookings[at].is_reversed = true;
                self.note("taken back");
            }
            Err(error) if is_gone => {
                assert_eq!(reason(&error), "exceeds_on_hand", "{}", self.place());
                self.note("not taken back");
            }
            Err(error) if !may => {
                let known = ["stock.already_reversed", "stock.not_reversible"];
                assert!(known.contains(&reason(&error)), "{}: {error}", self.place());
                self.note("not taken back");
            }
            answer => panic!("{}: {answer:?}", self.place()),
        }
    }

    /// A part or the rest comes out of the oven, at some earlier moment; now and then it is taken back some minutes later.
    pub(super) async fn take_out(&mut self) {
        if self.in_oven.is_empty() || self.dice.one_in(2) {
            let shelf = self.any_shelf();
            let (store_id, product_id) = self.ids(shelf);
            let planned = self.dice.between(1, 30);
            let kitchen = self.in_kitchen();
            let order = baking(self.db, &kitchen, store_id, product_id, planned).await;
            self.in_oven.push((order.id, shelf));
        }
        let which = self.dice.below(self.in_oven.len());
        let (order_id, shelf) = self.in_oven[which];
        let (produced, lost) = (self.dice.between(1, 18), self.dice.between(0, 2));
        let completed_at = self.when();
        let command = CompleteOrder {
            more_follows: self.dice.one_in(2),
            completed_at,
            ..complete(order_id, produced, lost)
        };
        let (completion, more_follows) = (command.command_id, command.more_follows);
        let orders = self.db.services().production_orders();
        orders
            .complete(&self.in_kitchen(), command)
            .await
            .expect("it came out");
        let at = completed_at.unwrap_or(self.now);
        let fact = self.reference.learn(shelf, at, What::Moved(produced));
        if more_follows {
            self.note("a part");
        } else {
            self.in_oven.remove(which);
            self.note("completed");
        }
        if !self.dice.one_in(3) {
            return;
        }
        let minutes = self.dice.between(1, 2 * RECALL_MINUTES);
        self.now += TimeDelta::minutes(minutes);
        let command = RecallOrder {
            command_id: Uuid::now_v7(),
            order_id,
            completion: Some(completion),
        };
        let answer = orders.recall(&self.in_kitchen(), command).await;
        match answer {
            Ok(_) if minutes <= RECALL_MINUTES => {
                self.reference.forget(fact);
                if !more_follows {
                    self.in_oven.push((order_id, shelf));
                }
                self.note("recalled");
            }
            Err(error) if minutes > RECALL_MINUTES => {
                assert_eq!(reason(&error), "order.recall_over", "{}", self.place());
                self.note("not recalled");
            }
            answer => panic!("{}: after {minutes} minutes {answer:?}", self.place()),
        }
    }

    pub(super) async fn send(&mut self) {
        let from = self.any_shelf();
        let (from_store_id, product_id) = self.ids(from);
        let (to_store_id, _) = self.ids(other(from));
        let quantity = self.dice.between(1, 6);
        let command = CreateTransfer {
            command_id: Uuid::now_v7(),
            from_store_id,
            to_store_id,
            lines: vec![TransferQuantity {
                product_id,
                quantity,
            }],
            send_now: true,
            note: None,
        };
        let desk = self.at_desk();
        match self.db.services().transfers().create(&desk, command).await {
            Ok(sent) => {
                assert!(self.level(from) >= quantity, "{}: {sent:?}", self.place());
                let fact = self.reference.learn(from, self.now, What::Moved(-quantity));
                self.roads.push(OnRoad {
                    transfer_id: sent.id,
                    from,
                    quantity,
                    sent_at: self.now,
                    fact,
                });
                self.note("sent");
            }
            // How old the goods are is not the reference's to know.
            Err(error) => assert_eq!(reason(&error), "exceeds_good", "{}", self.place()),
        }
    }

    /// All of it arrives, or a little less or more.
    pub(super) async fn receive(&mut self) {
        if self.roads.is_empty() {
            return self.send().await;
        }
        let which = self.dice.below(self.roads.len());
        let road = self.roads.remove(which);
        let received = (road.quantity + self.dice.between(-2, 2)).max(0);
        let why = if self.dice.one_in(2) {
            StockReason::Damaged
        } else {
            StockReason::Correction
        };
        let to = other(road.from);
        let (_, product_id) = self.ids(to);
        let command = ReceiveTransfer {
            command_id: Uuid::now_v7(),
            transfer_id: road.transfer_id,
            lines: vec![ReceivedQuantity {
                product_id,
                quantity: received,
                reason: (received != road.quantity).then_some(why),
            }],
        };
        let desk = self.at_desk();
        let transfers = self.db.services().transfers();
        transfers.receive(&desk, command).await.expect("received");
        self.reference.learn(to, self.now, What::Moved(received));
        self.note("received");
    }

    /// What a count since did not see comes back now; else it never left.
    pub(super) async fn call_back(&mut self) {
        if self.roads.is_empty() {
            return self.send().await;
        }
        let which = self.dice.below(self.roads.len());
        let road = self.roads.remove(which);
        let command = CancelTransfer {
            command_id: Uuid::now_v7(),
            transfer_id: road.transfer_id,
            reason: "the van broke down".into(),
        };
        let desk = self.at_desk();
        let transfers = self.db.services().transfers();
        transfers.cancel(&desk, command).await.expect("back");
        if self.reference.is_counted_since(road.from, road.sent_at) {
            self.reference
                .learn(road.from, self.now, What::Moved(road.quantity));
        } else {
            self.reference.forget(road.fact);
        }
        self.note("called back");
    }

    pub(super) async fn count(&mut self) {
        let store = self.dice.below(STORES);
        let said = self.when();
        let at = said.unwrap_or(self.now);
        let found = self.found();
        let command = PostCount {
            command_id: Uuid::now_v7(),
            store_id: self.org.stores[store],
            counted_at: said,
            lines: found
                .iter()
                .map(|(product, counted)| CountedProduct {
                    product_id: self.org.products[*product],
                    counted: *counted,
                })
                .collect(),
            note: None,
        };
        let desk = self.at_desk();
        let stock = self.db.services().stock();
        let told = stock.count(&desk, command).await.expect("counted");
        let found = found.into_iter().map(|(p, counted)| (p, (at, counted)));
        let found: BTreeMap<usize, (DateTime<Utc>, i64)> = found.collect();
        self.counted(store, &found, &told);
        self.note(if said.is_some() {
            "counted late"
        } else {
            "counted"
        });
    }

    /// Some products with what lies there.
    fn found(&mut self) -> BTreeMap<usize, i64> {
        let products = self.dice.between(1, 2);
        (0..products)
            .map(|_| (self.dice.below(PRODUCTS), self.dice.between(0, 40)))
            .collect()
    }

    /// A count was booked: what was expected and what is there now are as the reference says.
    fn counted(
        &mut self,
        store: usize,
        found: &BTreeMap<usize, (DateTime<Utc>, i64)>,
        told: &CountView,
    ) {
        assert_eq!(told.lines.len(), found.len(), "{}", self.place());
        for (product, (at, counted)) in found {
            let shelf = (store, *product);
            let expected = self.reference.level_at(shelf, *at);
            self.reference.learn(shelf, *at, What::Counted(*counted));
            let product_id = self.org.products[*product];
            let line = told.lines.iter().find(|l| l.product_id == product_id);
            let line = line.expect("a line");
            assert_eq!(
                (line.expected, line.on_hand),
                (expected, self.level(shelf)),
                "{}: {line:?} of {at}",
                self.place()
            );
        }
    }

    /// Something is entered on the sheet of a store, or the sheet is handed in: each product counts as of when it was counted.
    pub(super) async fn count_on_sheet(&mut self) {
        let store = self.dice.below(STORES);
        let desk = self.at_desk();
        let sheets = self.db.services().count_sheets();
        if self.dice.one_in(2)
            && let Some(sheet) = self.sheets.remove(&store)
        {
            let command = HandInCount {
                command_id: Uuid::now_v7(),
                sheet_id: sheet.id,
                version: sheet.version,
            };
            let told = sheets.hand_in(&desk, command).await.expect("handed in");
            assert_eq!(told.status, CountSheetStatus::Posted, "{}", self.place());
            let booked = told.count.expect("a count");
            self.counted(store, &sheet.entered, &booked);
            self.note("handed in");
            return;
        }
        let said = self.when();
        let at = said.unwrap_or(self.now);
        let found = self.found();
        let command = EnterCounts {
            command_id: Uuid::now_v7(),
            store_id: self.org.stores[store],
            counted_at: said,
            lines: found
                .iter()
                .map(|(product, counted)| EnteredCount {
                    product_id: self.org.products[*product],
                    counted: Some(*counted),
                })
                .collect(),
        };
        let told = sheets.enter(&desk, command).await.expect("entered");
        let sheet = self.sheets.entry(store).or_insert_with(|| Sheet {
            id: told.sheet_id,
            version: told.version,
            entered: BTreeMap::new(),
        });
        sheet.version = told.version;
        for (product, counted) in found {
            let entered = sheet.entered.entry(product).or_insert((at, counted));
            // Of two numbers the one that was counted later stays.
            if entered.0 <= at {
                *entered = (at, counted);
            }
        }
    }

    /// A file of tickets of earlier moments is taken, or one that was taken is undone.
    pub(super) async fn import(&mut self) {
        let desk = self.at_desk();
        let services = self.db.services();
        let imports = services.imports();
        if !self.imports.is_empty() && self.dice.one_in(2) {
            let which = self.dice.below(self.imports.len());
            let (import_id, facts) = self.imports.remove(which);
            let command = DecideImport {
                command_id: Uuid::now_v7(),
                import_id,
            };
            imports.undo(&desk, command).await.expect("decided");
            imports.advance(&desk, import_id).await.expect("undone");
            let view = imports.get(&desk, import_id).await.expect("an import");
            assert_eq!(view.status, ImportStatus::Undone, "{}", self.place());
            for fact in facts {
                self.reference.forget(fact);
            }
            self.note("undone");
            return;
        }
        let mut rows = String::new();
        let mut facts: Vec<FactId> = Vec::new();
        for _ in 0..self.dice.between(2, 6) {
            let (shelf, quantity) = (self.any_shelf(), self.dice.between(1, 5));
            let at = self.earlier();
            self.tickets += 1;
            // What a file says was brought back is thrown away.
            let (quantity, change) = if self.tickets.is_multiple_of(5) {
                (-quantity, 0)
            } else {
                (quantity, -quantity)
            };
            rows.push_str(&format!(
                "T{},{},{},{},{quantity},2.00,{}.00,\n",
                self.tickets,
                at.to_rfc3339_opts(SecondsFormat::Secs, true),
                code(shelf.0),
                sku(shelf.1),
                2 * quantity
            ));
            facts.push(self.reference.learn(shelf, at, What::Moved(change)));
        }
        let import_id = taken(services, &desk, &rows).await;
        let view = imports.get(&desk, import_id).await.expect("an import");
        assert_eq!(
            (view.status, usize::try_from(view.rows_applied).ok()),
            (ImportStatus::Applied, Some(facts.len())),
            "{}: {view:?}",
            self.place()
        );
        self.imports.push((import_id, facts));
    }
}
