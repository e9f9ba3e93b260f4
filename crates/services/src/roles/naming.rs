//! What a role is called where people are listed and changes are written down.

use crate::store::people::Held;
use contract::users::HeldRole;
use domain::RoleKey;
use entity::role;

/// A role as the log names it: one of the four words, else the name that the organization gave it.
pub(crate) fn word(role: &role::Model) -> String {
    let key: Option<RoleKey> = role.key.parse().ok();
    key.map_or_else(|| role.name.clone(), |key| key.as_str().to_owned())
}

/// What a person holds of the organization's own roles, by name.
pub(crate) fn own_of(held: &[Held]) -> Vec<HeldRole> {
    let own = held
        .iter()
        .filter(|h| h.role.key.parse::<RoleKey>().is_err());
    let mut roles: Vec<HeldRole> = own
        .map(|h| HeldRole {
            id: h.role.id,
            name: h.role.name.clone(),
        })
        .collect();
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    roles
}
