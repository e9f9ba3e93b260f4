//! The terms of shelves, for the screens.

use contract::AppError;
use contract::policies as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Shelves of a store or of a product, with their terms.
#[server(endpoint = "list_policies", input = Json, output = Compact)]
pub async fn list_policies(wanted: wire::ListPolicies) -> Result<wire::PoliciesView, AppError> {
    crate::ssr::run(async |services, ctx| services.policies().list(&ctx, wanted).await).await
}

/// What each choice would have cost a shelf.
#[server(endpoint = "read_policy_costs", input = Json, output = Compact)]
pub async fn read_policy_costs(wanted: wire::ReadPolicy) -> Result<wire::PolicyCosts, AppError> {
    crate::ssr::run(async |services, ctx| services.policies().costs(&ctx, wanted).await).await
}

/// Chooses the same terms for some shelves.
#[server(endpoint = "set_policies", input = Json, output = Compact)]
pub async fn set_policies(command: wire::SetPolicies) -> Result<wire::PoliciesSet, AppError> {
    crate::ssr::run(async |services, ctx| services.policies().set(&ctx, command).await).await
}
