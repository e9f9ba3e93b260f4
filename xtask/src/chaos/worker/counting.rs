//! Counting: at once or on a sheet, a shelf of one's own or where others are at work.

use super::{Shelf, Worker, list, text};
use anyhow::{Result, bail, ensure};
use contract::counts::SheetAnswer;
use contract::stock::CountView;
use rand::RngExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Worker<'_> {
    pub(super) fn count(&mut self) -> Result<()> {
        match self.desk.own_shelf(self.number) {
            Some(shelf) if self.random.random_ratio(1, 2) => self.count_alone(&shelf),
            _ => self.count_among_others(),
        }
    }

    /// Nobody else touches this shelf: by how much the count corrects it is known before.
    fn count_alone(&mut self, shelf: &Shelf) -> Result<()> {
        let there = self.desk.levels.get(shelf).copied().unwrap_or(0);
        let there = self.counted.unwrap_or(there);
        let mut counted: i64 = self.random.random_range(20..=200);
        if counted == there {
            counted += 1;
        }
        // A store has one sheet: one client of each store counts on it.
        if usize::from(self.number) < self.desk.stores.len() {
            self.count_on_sheet(shelf, counted)?;
        } else {
            self.post_count(&shelf.0, &[(shelf.1.clone(), counted)])?;
        }
        self.promises.moved(shelf, "count", counted - there);
        self.counted = Some(counted);
        Ok(())
    }

    /// What was found is entered and the sheet is handed in; who is far off is asked to count again, and finds the same.
    fn count_on_sheet(&mut self, shelf: &Shelf, counted: i64) -> Result<()> {
        let analyst = self.desk.analyst.clone();
        for _ in 0..2 {
            let command = json!({
                "command_id": self.command_id(), "store_id": shelf.0,
                "lines": [{ "product_id": shelf.1, "counted": counted }],
            });
            let sheet = self.must::<SheetAnswer>(&analyst, "enter_counts", command)?;
            let command = json!({
                "command_id": self.command_id(), "sheet_id": text(&sheet, "sheet_id")?, "version": sheet["version"],
            });
            let told = self.must::<SheetAnswer>(&analyst, "hand_in_count", command)?;
            if told["status"] == "posted" {
                return Ok(());
            }
            let again = list(&told["to_recount"])?;
            ensure!(!again.is_empty(), "a sheet waits for somebody: {told}");
        }
        bail!("a sheet was counted twice and not booked")
    }

    /// What a count writes depends on who else is at work; that it was not lost shows in its answer, which is the same to the end.
    fn count_among_others(&mut self) -> Result<()> {
        let store = self.store();
        let mut lines: BTreeMap<String, i64> = BTreeMap::new();
        for _ in 0..self.random.random_range(1..=4) {
            let (product, counted) = (self.product(), self.random.random_range(20..=200));
            lines.insert(product.id, counted);
        }
        let lines: Vec<(String, i64)> = lines.into_iter().collect();
        self.post_count(&store.id, &lines)
    }

    fn post_count(&mut self, store_id: &str, lines: &[(String, i64)]) -> Result<()> {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(product, counted)| json!({ "product_id": product, "counted": counted }))
            .collect();
        let command =
            json!({ "command_id": self.command_id(), "store_id": store_id, "lines": lines });
        let analyst = self.desk.analyst.clone();
        self.must::<CountView>(&analyst, "post_count", command)?;
        Ok(())
    }
}
