//! Single sign-on: providers that tell an organization who somebody is, and under which name they know its people.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PROVIDERS: &str = "identity_providers";
const DOMAINS: &str = "identity_provider_domains";
const IDENTITIES: &str = "user_identities";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(PROVIDERS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("name"))
                    .col(text("issuer"))
                    .col(text("client_id"))
                    .col(text_null("secret_sealed"))
                    .col(boolean("makes_people"))
                    .col(json_binary("roles"))
                    .col(json_binary("role_ids"))
                    .col(boolean("all_stores"))
                    .col(json_binary("stores"))
                    .col(boolean("trusts_factor"))
                    .col(boolean("passwords_allowed"))
                    .col(boolean("active"))
                    .col(integer("version"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .take(),
            )
            .await?;
        index(manager, PROVIDERS, &["organization_id"]).await?;
        index(manager, PROVIDERS, &["created_by"]).await?;

        manager
            .create_table(
                table(DOMAINS)
                    .col(uuid("provider_id"))
                    .col(text("domain"))
                    .col(uuid("organization_id"))
                    .primary_key(&mut key(&["provider_id", "domain"]))
                    .foreign_key(&mut owned_by("provider_id", PROVIDERS))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        // Whoever comes in names a domain, of whichever organization.
        index(manager, DOMAINS, &["domain"]).await?;
        index(manager, DOMAINS, &["organization_id"]).await?;

        manager
            .create_table(
                table(IDENTITIES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("provider_id"))
                    .col(uuid("user_id"))
                    .col(text("issuer"))
                    .col(text("subject"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("last_used_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("provider_id", PROVIDERS))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .take(),
            )
            .await?;
        // One subject of a provider is one person, and a person is one subject: an address that was given to somebody else leads nowhere.
        unique(manager, IDENTITIES, &["provider_id", "issuer", "subject"]).await?;
        unique(manager, IDENTITIES, &["user_id", "provider_id", "issuer"]).await?;
        index(manager, IDENTITIES, &["organization_id"]).await?;

        for table in [PROVIDERS, DOMAINS, IDENTITIES] {
            crate::wall::raise(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[IDENTITIES, DOMAINS, PROVIDERS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
