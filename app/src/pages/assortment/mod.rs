//! Stores, categories and products with all that they are, for administrators.

mod category_form;
mod product_form;
mod products;
mod store_form;
mod stores;

pub use products::ProductsPage;
pub use stores::StoresPage;
