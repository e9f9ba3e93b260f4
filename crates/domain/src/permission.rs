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

    /// Whether the right rules over people, keys, settings and records of others. Whoever hands out rights hands out one of these only where
    /// they hold it themselves; all others are work, which a person may hand out without doing it.
    #[must_use]
    pub const fn is_administration(self) -> bool {
        matches!(
            self,
            Self::UsersRead
                | Self::UsersWrite
                | Self::AuditRead
                | Self::SettingsWrite
                | Self::KeysManage
                | Self::BackupsRead
        )
    }

    /// Whether somebody who came in by a PIN on a shared tablet keeps the right: the day's work of a store. What holds for the whole
    /// organization, and what corrects or approves the books, needs a password. A right that is new is not among them until it is named.
    #[must_use]
    pub const fn fits_tablet(self) -> bool {
        matches!(
            self,
            Self::TodayRead
                | Self::ForecastsRead
                | Self::ForecastsOverride
                | Self::StockRead
                | Self::StockWaste
                | Self::StockCount
                | Self::StockTransfer
                | Self::OrdersRead
                | Self::OrdersCreate
                | Self::OrdersStart
                | Self::OrdersComplete
                | Self::OrdersCancel
                | Self::SuggestionsRead
                | Self::SuggestionsDecide
                | Self::SalesRecord
                | Self::CalendarRead
                | Self::CalendarWrite
                | Self::CatalogRead
                | Self::RecipesRead
                | Self::AlertsRead
                | Self::AlertsAcknowledge
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_hold_every_right_of_administration_and_nobody_else_any() {
        for permission in Permission::ALL.iter().copied() {
            for role in RoleKey::ALL.iter().copied() {
                let holds = role.permissions().contains(&permission);
                if permission.is_administration() {
                    assert_eq!(holds, role == RoleKey::Admin, "{permission} of {role}");
                }
            }
        }
    }

    #[test]
    fn a_pin_administers_nothing_and_does_the_work_of_a_shop_and_of_a_kitchen() {
        for permission in Permission::ALL.iter().copied() {
            assert!(
                !(permission.is_administration() && permission.fits_tablet()),
                "{permission}"
            );
        }
        for permission in RoleKey::StoreManager.permissions() {
            assert!(permission.fits_tablet(), "{permission}");
        }
        let kept = RoleKey::Production.permissions();
        let lost: Vec<_> = kept.iter().filter(|p| !p.fits_tablet()).collect();
        assert_eq!(lost, [&Permission::RecipesWrite]);
    }
}
