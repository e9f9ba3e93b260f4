//! Closed lists of the trade. Each is stored, sent and shown under the same snake-case word.

/// Declares an enum whose variants have one stable text form, used in columns, JSON and message keys.
macro_rules! word_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
        #[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
        pub enum $name {
            $(
                $(#[$vdoc])*
                #[serde(rename = $text)]
                #[cfg_attr(feature = "db", sea_orm(string_value = $text))]
                $variant,
            )+
        }

        impl $name {
            /// Every value, in the order in which people list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable text form.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        // By hand: the derive does not read names that a macro puts in.
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($text),+]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { list: stringify!($name), text: text.to_owned() }),
                }
            }
        }
    };
}
pub(crate) use word_list;

/// A text that is in none of our word lists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not one of the values of {list}")]
pub struct UnknownWord {
    /// Name of the list that was asked.
    pub list: &'static str,
    /// What was given.
    pub text: String,
}

word_list! {
    /// What kind of place a store is.
    StoreKind { Shop = "shop", CentralKitchen = "central_kitchen" }
}

word_list! {
    /// Base unit in which a product's quantities are counted.
    Unit { Piece = "piece", Gram = "gram", Millilitre = "millilitre" }
}

word_list! {
    /// What stands on a shelf.
    ProductKind {
        /// What is sold.
        Product = "product",
        /// What products are made of.
        Ingredient = "ingredient",
    }
}

word_list! {
    /// A stage of a batch. They follow each other in this order.
    Stage {
        Mix = "mix",
        /// The first proof, of the whole dough.
        Rest = "rest",
        Shape = "shape",
        /// The last proof, of the shaped pieces.
        Proof = "proof",
        Bake = "bake",
        Cool = "cool",
    }
}

word_list! {
    /// How a product is replenished.
    ReplenishmentPolicy {
        /// Fresh goods: the newsvendor quantile of demand over the days a batch must cover.
        Newsvendor = "newsvendor",
        /// Goods that keep: order up to a level when stock falls to the reorder point.
        ReorderPoint = "reorder_point",
    }
}

word_list! {
    /// From what the share of days on which fresh goods do not run out is found.
    RatioBy {
        /// From price, unit cost and salvage value; from the service level where price or cost is not known.
        Costs = "costs",
        /// From the service level alone.
        ServiceLevel = "service_level",
    }
}

word_list! {
    /// Kinds of stock movement. The sign of the quantity follows the kind, see [`MovementKind::sign`].
    MovementKind {
        Opening = "opening",
        Sale = "sale",
        Return = "return",
        Production = "production",
        Waste = "waste",
        Donation = "donation",
        TransferOut = "transfer_out",
        TransferIn = "transfer_in",
        Adjustment = "adjustment",
        Count = "count",
        Reversal = "reversal",
    }
}

word_list! {
    /// Who says that a shelf ran empty before closing.
    SoldOutBy {
        /// Whoever handed in the day's total.
        Told = "told",
        /// The ledger: a sale took the last piece.
        Ledger = "ledger",
        /// The tickets: the last sale came too long before closing.
        LastSale = "last_sale",
    }
}

impl MovementKind {
    /// `Some(1)` where the kind only ever adds, `Some(-1)` where it only takes away, `None` where both occur.
    #[must_use]
    pub const fn sign(self) -> Option<i64> {
        match self {
            Self::Return | Self::Production | Self::TransferIn => Some(1),
            Self::Sale | Self::Waste | Self::Donation | Self::TransferOut => Some(-1),
            Self::Opening | Self::Adjustment | Self::Count | Self::Reversal => None,
        }
    }

    /// Whether a person must say why.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Waste | Self::Donation | Self::Adjustment)
    }
}

word_list! {
    /// Why stock left the shelf without being sold, or was corrected.
    StockReason {
        NotSold = "not_sold",
        Expired = "expired",
        Damaged = "damaged",
        BakingError = "baking_error",
        StaffMeal = "staff_meal",
        Sampling = "sampling",
        GivenAway = "given_away",
        Theft = "theft",
        /// Bought, and brought by a supplier.
        Delivered = "delivered",
        /// Went into what was baked.
        UsedInProduction = "used_in_production",
        Correction = "correction",
        Unknown = "unknown",
        /// Brought back by a customer, and not sold again.
        Returned = "returned",
    }
}

word_list! {
    /// Where goes what a customer brings back.
    ReturnTo {
        /// Nobody sells it again: what has been out of the shop.
        Waste = "waste",
        /// Back on sale, such as a sealed drink.
        Shelf = "shelf",
    }
}

word_list! {
    /// Why some of what went into the oven cannot be sold.
    LossReason {
        Burnt = "burnt",
        Underbaked = "underbaked",
        Dropped = "dropped",
        /// The dough was not as it should be.
        DoughFault = "dough_fault",
        /// Oven, mixer or divider.
        Machine = "machine",
        /// Tasted, or cut open to look.
        Sampling = "sampling",
        Other = "other",
        /// Nobody said.
        Unknown = "unknown",
    }
}

word_list! {
    /// Where a production order stands. See `orders` for the moves that exist.
    OrderStatus { Pending = "pending", InProgress = "in_progress", Completed = "completed", Cancelled = "cancelled" }
}

word_list! {
    /// Where a transfer between stores stands. See `transfers` for the moves that exist.
    TransferStatus { Requested = "requested", InTransit = "in_transit", Received = "received", Cancelled = "cancelled" }
}

word_list! {
    /// Where a purchase from a supplier stands. See `purchases` for the moves that exist.
    PurchaseStatus { Open = "open", PartlyReceived = "partly_received", Received = "received", Cancelled = "cancelled" }
}

word_list! {
    /// Where the count of a store stands. See `counts` for the moves that exist.
    CountSheetStatus { Counting = "counting", Waiting = "waiting", Posted = "posted", Dropped = "dropped" }
}

word_list! {
    /// Where an order came from.
    OrderSource { Manual = "manual", Suggestion = "suggestion", Standing = "standing" }
}

word_list! {
    /// What became of a suggestion.
    SuggestionStatus { Open = "open", Accepted = "accepted", Dismissed = "dismissed", Superseded = "superseded" }
}

word_list! {
    /// Where a sale was recorded.
    SaleSource { Import = "import", Counter = "counter", Api = "api", Simulation = "simulation" }
}

word_list! {
    /// Where an import stands.
    ImportStatus {
        /// Stored on our side, not looked at yet.
        Uploaded = "uploaded",
        /// Being read and checked; nothing is changed by it.
        Checking = "checking",
        /// Checked and fit to be taken; waits for a person's word.
        Checked = "checked",
        /// Checked and over the error threshold, or not readable at all: nothing was taken.
        Refused = "refused",
        /// Good rows are being taken; resumes by itself after a crash.
        Applying = "applying",
        Applied = "applied",
        Undoing = "undoing",
        Undone = "undone",
        /// A person decided against it after the check.
        Discarded = "discarded",
        /// Stopped by a fault on our side; may be retried.
        Failed = "failed",
    }
}

word_list! {
    /// Days that are known in advance to be special.
    CalendarKind {
        PublicHoliday = "public_holiday",
        SchoolHoliday = "school_holiday",
        Event = "event",
        Closure = "closure",
    }
}

word_list! {
    /// What a job run works on.
    JobKind { Nightly = "nightly" }
}

word_list! {
    /// State of a job run or of one of its steps.
    JobStatus {
        Queued = "queued",
        Running = "running",
        Succeeded = "succeeded",
        /// Finished, with a fall-back: the champion or the baseline stood in for a failed training.
        Degraded = "degraded",
        Failed = "failed",
        Skipped = "skipped",
    }
}

word_list! {
    /// Who or what started a job.
    JobTrigger { Clock = "clock", Button = "button", CommandLine = "command_line" }
}

word_list! {
    /// Which family of model issued a forecast.
    ForecastSource {
        /// A neural model version.
        Model = "model",
        /// The seasonal baseline, because no model has beaten it yet or because the model failed.
        Baseline = "baseline",
    }
}

word_list! {
    /// Over what forecasts are added up.
    TotalLevel {
        /// All products of a shop.
        Store = "store",
        /// A product over all shops.
        Product = "product",
        /// Everything.
        Chain = "chain",
    }
}

word_list! {
    /// Names under which a model version is found.
    ModelAlias { Champion = "champion", Challenger = "challenger" }
}

word_list! {
    /// How a model version came to its name.
    AliasChange {
        /// It won the gate in a night.
        Promotion = "promotion",
        /// A person chose it.
        Choice = "choice",
        /// A person brought back what served before.
        Rollback = "rollback",
    }
}

word_list! {
    /// What an alert is about.
    AlertKind {
        NegativeStock = "negative_stock",
        BelowReorderPoint = "below_reorder_point",
        StockOutRisk = "stock_out_risk",
        WasteRisk = "waste_risk",
        CountDifference = "count_difference",
        MissingIngredients = "missing_ingredients",
        OrderLate = "order_late",
        ForecastLate = "forecast_late",
        NightFailed = "night_failed",
        BaselineServing = "baseline_serving",
        DataQuality = "data_quality",
        Drift = "drift",
    }
}

word_list! {
    /// How soon a person must look.
    Severity { Info = "info", Warning = "warning", Critical = "critical" }
}

word_list! {
    /// State of an alert.
    AlertStatus { Open = "open", Acknowledged = "acknowledged", Resolved = "resolved" }
}

word_list! {
    /// How a customer paid.
    PaymentMethod { Cash = "cash", Card = "card", Other = "other" }
}

word_list! {
    /// Languages of the screens.
    Language { Es = "es", En = "en" }
}
