//! What an import must know of the organization to judge a row: codes of stores, products and promotions.

use crate::store::imports as rows;
use crate::{ServiceResult, clock};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::import;
use ingest::moment::local_to_utc;
use sea_orm::ConnectionTrait;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A store by its code.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownStore {
    pub id: Uuid,
    pub zone: Tz,
    closes_at_minute: i32,
}

impl KnownStore {
    /// The instant at which the store closes on a trading day.
    pub fn closing(&self, date: NaiveDate) -> DateTime<Utc> {
        local_to_utc(
            date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(self.closes_at_minute)),
            self.zone,
        )
    }
}

/// Everything by code.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    pub stores: HashMap<String, KnownStore>,
    pub products: HashMap<String, Uuid>,
    pub promotions: HashSet<String>,
    /// Code of the store that was chosen for the file.
    pub chosen: Option<String>,
}

impl Directory {
    /// Read for one import: with the stores that its sender may act on, whoever runs it now.
    pub async fn read(db: &impl ConnectionTrait, row: &import::Model) -> ServiceResult<Self> {
        let scope = match row.created_by {
            Some(user_id) => rows::scope_of(db, user_id).await?,
            None => None,
        };
        let mut stores = HashMap::new();
        let mut chosen = None;
        for s in rows::list_stores(db, row.organization_id).await? {
            if scope.as_ref().is_some_and(|ids| !ids.contains(&s.id)) {
                continue;
            }
            if row.store_id == Some(s.id) {
                chosen = Some(s.code.clone());
            }
            let zone = clock::zone(&s.time_zone)?;
            stores.insert(
                s.code,
                KnownStore {
                    id: s.id,
                    zone,
                    closes_at_minute: s.closes_at_minute,
                },
            );
        }
        let products = rows::list_skus(db, row.organization_id).await?;
        let promotions = rows::list_promotion_codes(db, row.organization_id).await?;
        Ok(Self {
            stores,
            products: products.into_iter().collect(),
            promotions: promotions.into_iter().collect(),
            chosen,
        })
    }
}
