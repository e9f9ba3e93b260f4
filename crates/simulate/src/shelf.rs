//! What lies on a shop's shelf, by the days it may still be sold.

/// Longest shelf life that is followed day by day; what keeps longer never spoils here.
const FOLLOWED: usize = 7;

/// The stock of one product in one shop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    /// Position 0: goods that keep. Position d: may be sold on d days, today included.
    batches: [i64; FOLLOWED + 1],
}

impl Shelf {
    pub(crate) fn on_hand(&self) -> i64 {
        self.batches.iter().sum()
    }

    pub(crate) fn add(&mut self, quantity: i64, shelf_life_days: i32) {
        let life = usize::try_from(shelf_life_days).unwrap_or(1).max(1);
        self.batches[if life > FOLLOWED { 0 } else { life }] += quantity;
    }

    /// Takes at most what is there, oldest first, and says how much that was.
    pub(crate) fn sell(&mut self, wanted: i64) -> i64 {
        let mut left = wanted.max(0);
        for at in (1..=FOLLOWED).chain([0]) {
            let taken = left.min(self.batches[at]);
            self.batches[at] -= taken;
            left -= taken;
        }
        wanted.max(0) - left
    }

    /// Throws away in the evening what cannot be sold on the next open day, so many days later, and says how much.
    pub(crate) fn close(&mut self, days_to_next: usize) -> i64 {
        let mut next = Self::default();
        next.batches[0] = self.batches[0];
        for life in days_to_next + 1..=FOLLOWED {
            next.batches[life - days_to_next] = self.batches[life];
        }
        let wasted = self.on_hand() - next.on_hand();
        *self = next;
        wasted
    }

    /// Clears the shelf of a product that will not be on sale next time.
    pub(crate) fn clear(&mut self) -> i64 {
        let wasted = self.on_hand();
        *self = Self::default();
        wasted
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn what_is_oldest_is_sold_first_and_what_is_too_old_is_thrown_away() {
        let mut shelf = Shelf::default();
        shelf.add(10, 3);
        assert_eq!(shelf.close(1), 0);
        shelf.add(5, 3);
        assert_eq!(shelf.sell(8), 8);
        // Two of the first batch may be sold for one more day, five of the second for two.
        assert_eq!(shelf.close(1), 0);
        assert_eq!(shelf.close(1), 2);
        assert_eq!(shelf.on_hand(), 5);
        assert_eq!(shelf.sell(9), 5);
    }

    #[test]
    fn a_long_closure_spoils_bread_but_not_water() {
        let mut shelf = Shelf::default();
        shelf.add(4, 2);
        shelf.add(24, 365);
        assert_eq!(shelf.close(11), 4);
        assert_eq!(shelf.on_hand(), 24);
    }
}
