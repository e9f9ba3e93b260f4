//! Throwing away, and sending to another store.

use super::{Place, Worker, text};
use anyhow::Result;
use contract::stock::StockChange;
use contract::transfers::TransferView;
use rand::RngExt as _;
use serde_json::json;

impl Worker<'_> {
    pub(super) fn throw_away(&mut self) -> Result<()> {
        let (store, product) = (self.store(), self.product());
        let quantity: i64 = self.random.random_range(1..=3);
        let command = json!({
            "command_id": self.command_id(), "store_id": store.id, "product_id": product.id, "kind": "waste",
            "quantity": quantity, "reason": "damaged",
        });
        let analyst = self.desk.analyst.clone();
        // More than there is: refused.
        if self
            .call::<StockChange>(&analyst, "remove_stock", command)?
            .is_some()
        {
            self.promises
                .moved(&(store.id, product.id), "waste", -quantity);
        }
        Ok(())
    }

    pub(super) fn transfer(&mut self) -> Result<()> {
        let (from, to, product) = (self.store(), self.store(), self.product());
        let quantity: i64 = self.random.random_range(1..=6);
        let command = json!({
            "command_id": self.command_id(), "from_store_id": from.id, "to_store_id": to.id, "send_now": true,
            "lines": [{ "product_id": product.id, "quantity": quantity }],
        });
        let analyst = self.desk.analyst.clone();
        // To itself, or more than can be spared: refused.
        let Some(transfer) = self.call::<TransferView>(&analyst, "create_transfer", command)?
        else {
            return Ok(());
        };
        let id = text(&transfer, "id")?.to_owned();
        let shelf = |store: &Place| (store.id.clone(), product.id.clone());
        self.promises
            .moved(&shelf(&from), "transfer_out", -quantity);
        self.promises.transfers.insert(id.clone(), "in_transit");
        match self.random.random_range(0..4) {
            // On the road when the day ends.
            0 => {}
            1 => {
                let command = json!({ "command_id": self.command_id(), "transfer_id": id, "reason": "the van is back" });
                self.must::<TransferView>(&analyst, "cancel_transfer", command)?;
                self.promises.moved(&shelf(&from), "reversal", quantity);
                self.promises.transfers.insert(id, "cancelled");
            }
            missing => {
                let received = (quantity - (missing - 2)).max(0);
                let reason = (received != quantity).then_some("damaged");
                let command = json!({
                    "command_id": self.command_id(), "transfer_id": id,
                    "lines": [{ "product_id": product.id, "quantity": received, "reason": reason }],
                });
                self.must::<TransferView>(&analyst, "receive_transfer", command)?;
                self.promises.moved(&shelf(&to), "transfer_in", quantity);
                if received != quantity {
                    self.promises
                        .moved(&shelf(&to), "waste", received - quantity);
                }
                self.promises.transfers.insert(id, "received");
            }
        }
        Ok(())
    }
}
