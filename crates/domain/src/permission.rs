//! What a person may do. Every endpoint names the permission it needs; a role is a set of them.

use crate::vocabulary::{UnknownWord, word_list};

word_list! {
    /// A single right. The text form is what roles store and what the access test lists.
    Permission {
        TodayRead = "today.read",
        ForecastsRead = "forecasts.read",
        ForecastsOverride = "forecasts.override",
        StockRead = "stock.read",
        StockWaste = "stock.waste",
        StockCount = "stock.count",
        StockApprove = "stock.approve",
        StockAdjust = "stock.adjust",
        StockTransfer = "stock.transfer",
        OrdersRead = "orders.read",
        OrdersCreate = "orders.create",
        OrdersStart = "orders.start",
        OrdersComplete = "orders.complete",
        OrdersCancel = "orders.cancel",
        SuggestionsRead = "suggestions.read",
        SuggestionsDecide = "suggestions.decide",
        PoliciesWrite = "policies.write",
        SalesRecord = "sales.record",
        ImportsRead = "imports.read",
        ImportsCreate = "imports.create",
        ImportsUndo = "imports.undo",
        CalendarRead = "calendar.read",
        CalendarWrite = "calendar.write",
        CatalogRead = "catalog.read",
        RecipesRead = "recipes.read",
        RecipesWrite = "recipes.write",
        ModelsRead = "models.read",
        ModelsPromote = "models.promote",
        JobsRead = "jobs.read",
        JobsRun = "jobs.run",
        AlertsRead = "alerts.read",
        AlertsAcknowledge = "alerts.acknowledge",
        UsersRead = "users.read",
        UsersWrite = "users.write",
        AuditRead = "audit.read",
        SettingsWrite = "settings.write",
        KeysManage = "keys.manage",
        BackupsRead = "backups.read",
    }
}

impl Permission {
    /// Whether the key of a program may hold the right. Who can make people or keys could outlive the end of the key under another name.
    /// Who approves a count is somebody else than who counted, and a key is nobody: it could not be told from itself.
    #[must_use]
    pub const fn fits_key(self) -> bool {
        !matches!(
            self,
            Self::UsersWrite | Self::KeysManage | Self::StockApprove
        )
    }
}

word_list! {
    /// The four roles that every organization starts with.
    RoleKey { StoreManager = "store_manager", Production = "production", Analyst = "analyst", Admin = "admin" }
}

impl RoleKey {
    /// The permissions with which the role is created.
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        use Permission as P;
        let everyone = [
            P::CatalogRead,
            P::AlertsRead,
            P::StockRead,
            P::OrdersRead,
            P::ForecastsRead,
            P::CalendarRead,
        ];
        let own: &[Permission] = match self {
            Self::StoreManager => &[
                P::TodayRead,
                P::ForecastsOverride,
                P::StockWaste,
                P::StockCount,
                P::StockTransfer,
                P::SalesRecord,
                P::CalendarWrite,
                P::AlertsAcknowledge,
            ],
            Self::Production => &[
                P::OrdersCreate,
                P::OrdersStart,
                P::OrdersComplete,
                P::OrdersCancel,
                P::RecipesRead,
                P::RecipesWrite,
                P::SuggestionsRead,
                P::SuggestionsDecide,
                P::AlertsAcknowledge,
                P::StockWaste,
                P::StockTransfer,
            ],
            Self::Analyst => &[
                P::TodayRead,
                P::ForecastsOverride,
                P::StockWaste,
                P::StockCount,
                P::StockApprove,
                P::StockAdjust,
                P::StockTransfer,
                P::RecipesRead,
                P::RecipesWrite,
                P::SuggestionsRead,
                P::SuggestionsDecide,
                P::PoliciesWrite,
                P::SalesRecord,
                P::ImportsRead,
                P::ImportsCreate,
                P::ImportsUndo,
                P::CalendarWrite,
                P::ModelsRead,
                P::ModelsPromote,
                P::JobsRead,
                P::JobsRun,
                P::AlertsAcknowledge,
            ],
            Self::Admin => &[
                P::TodayRead,
                P::UsersRead,
                P::UsersWrite,
                P::AuditRead,
                P::SettingsWrite,
                P::KeysManage,
                P::BackupsRead,
                P::JobsRead,
                P::JobsRun,
                P::ModelsRead,
                P::ImportsRead,
                P::AlertsAcknowledge,
            ],
        };
        let mut all: Vec<Permission> = everyone.iter().chain(own).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
