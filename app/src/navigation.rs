//! The one list of places that the rail, the bar and the guide of permissions are made from.

use crate::{
    components::Icon,
    i18n::{Locale, td_string},
};
use domain::Permission;

/// A place in the product.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub href: &'static str,
    pub icon: Icon,
    /// Whoever lacks it does not see the place; the page itself checks again.
    pub needs: Permission,
    label: fn(Locale) -> &'static str,
}

impl Place {
    /// Its name in a language.
    #[must_use]
    pub fn label(&self, locale: Locale) -> &'static str {
        (self.label)(locale)
    }
}

/// Every place, in the order of a day. The first that a person may see is where they start.
pub const PLACES: &[Place] = &[
    Place {
        href: "/today",
        icon: Icon::Today,
        needs: Permission::TodayRead,
        label: |locale| td_string!(locale, common.nav_today),
    },
    Place {
        href: "/kitchen",
        icon: Icon::Kitchen,
        needs: Permission::OrdersStart,
        label: |locale| td_string!(locale, common.nav_kitchen),
    },
    Place {
        href: "/plan",
        icon: Icon::Plan,
        needs: Permission::SuggestionsRead,
        label: |locale| td_string!(locale, common.nav_plan),
    },
    Place {
        href: "/policies",
        icon: Icon::Policies,
        needs: Permission::PoliciesWrite,
        label: |locale| td_string!(locale, common.nav_policies),
    },
    Place {
        href: "/orders",
        icon: Icon::Orders,
        needs: Permission::OrdersRead,
        label: |locale| td_string!(locale, common.nav_orders),
    },
    Place {
        href: "/stock",
        icon: Icon::Stock,
        needs: Permission::StockRead,
        label: |locale| td_string!(locale, common.nav_stock),
    },
    Place {
        href: "/recipes",
        icon: Icon::Recipes,
        needs: Permission::RecipesRead,
        label: |locale| td_string!(locale, common.nav_recipes),
    },
    Place {
        href: "/forecast",
        icon: Icon::Forecast,
        needs: Permission::ForecastsRead,
        label: |locale| td_string!(locale, common.nav_forecast),
    },
    Place {
        href: "/events",
        icon: Icon::Calendar,
        needs: Permission::CalendarRead,
        label: |locale| td_string!(locale, common.nav_events),
    },
    Place {
        href: "/promotions",
        icon: Icon::Promotions,
        needs: Permission::CalendarRead,
        label: |locale| td_string!(locale, common.nav_promotions),
    },
    Place {
        href: "/imports",
        icon: Icon::Imports,
        needs: Permission::ImportsRead,
        label: |locale| td_string!(locale, common.nav_imports),
    },
    Place {
        href: "/admin/jobs",
        icon: Icon::Jobs,
        needs: Permission::JobsRead,
        label: |locale| td_string!(locale, common.nav_jobs),
    },
    Place {
        href: "/admin/users",
        icon: Icon::Users,
        needs: Permission::UsersRead,
        label: |locale| td_string!(locale, common.nav_users),
    },
    Place {
        href: "/stores",
        icon: Icon::Shop,
        needs: Permission::SettingsWrite,
        label: |locale| td_string!(locale, common.nav_stores),
    },
    Place {
        href: "/products",
        icon: Icon::Orders,
        needs: Permission::SettingsWrite,
        label: |locale| td_string!(locale, common.nav_products),
    },
    Place {
        href: "/alerts/rules",
        icon: Icon::Flag,
        needs: Permission::SettingsWrite,
        label: |locale| td_string!(locale, common.nav_alert_rules),
    },
    Place {
        href: "/keys",
        icon: Icon::Screen,
        needs: Permission::KeysManage,
        label: |locale| td_string!(locale, common.nav_keys),
    },
    Place {
        href: "/health",
        icon: Icon::Heart,
        needs: Permission::BackupsRead,
        label: |locale| td_string!(locale, common.nav_health),
    },
    Place {
        href: "/audit",
        icon: Icon::Clock,
        needs: Permission::AuditRead,
        label: |locale| td_string!(locale, common.nav_audit),
    },
    Place {
        href: "/settings",
        icon: Icon::Settings,
        needs: Permission::SettingsWrite,
        label: |locale| td_string!(locale, common.nav_settings),
    },
];

/// The places that somebody with these permissions may see.
#[must_use]
pub fn places_for(permissions: &[Permission]) -> Vec<Place> {
    PLACES
        .iter()
        .filter(|place| permissions.contains(&place.needs))
        .copied()
        .collect()
}

/// Where somebody with these permissions starts: the first question of their day.
#[must_use]
pub fn home_of(permissions: &[Permission]) -> &'static str {
    places_for(permissions)
        .first()
        .map_or("/orders", |place| place.href)
}

#[cfg(test)]
mod tests {
    use super::{PLACES, home_of, places_for};
    use domain::RoleKey;

    #[test]
    fn each_role_starts_on_its_own_work() {
        let home = |role: RoleKey| home_of(&role.permissions());
        assert_eq!(home(RoleKey::StoreManager), "/today");
        assert_eq!(home(RoleKey::Production), "/kitchen");
        assert_eq!(home(RoleKey::Analyst), "/today");
    }

    #[test]
    fn nobody_sees_a_place_that_is_not_theirs() {
        let seen = places_for(&RoleKey::StoreManager.permissions());
        assert!(
            seen.iter()
                .all(|place| place.href != "/admin/users" && place.href != "/imports")
        );
        let admins = [
            "/stores",
            "/products",
            "/alerts/rules",
            "/keys",
            "/health",
            "/audit",
        ];
        for role in [RoleKey::StoreManager, RoleKey::Production, RoleKey::Analyst] {
            let seen = places_for(&role.permissions());
            assert!(
                seen.iter().all(|place| !admins.contains(&place.href)),
                "{role}"
            );
        }
        assert!(places_for(&[]).is_empty());
    }

    #[test]
    fn no_address_is_listed_twice() {
        let addresses: std::collections::BTreeSet<_> =
            PLACES.iter().map(|place| place.href).collect();
        assert_eq!(addresses.len(), PLACES.len());
    }
}
