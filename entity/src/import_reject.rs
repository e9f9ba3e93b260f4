//! Table `import_rejects`.

use sea_orm::entity::prelude::*;

/// One fault in one row of an imported file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_rejects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub row_number: i64,
    /// Empty where the whole row is at fault.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub column_name: String,
    pub organization_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub value: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    #[sea_orm(column_type = "Text")]
    pub detail: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub raw_line: String,
    #[sea_orm(belongs_to, from = "import_id", to = "id")]
    pub import: BelongsTo<super::import::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
