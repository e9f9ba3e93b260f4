//! What must be told of food before it is sold.

/// Keys of the substances that Regulation (EU) 1169/2011, annex II, wants declared, in its order. Screens and labels write words for
/// them; whatever else somebody types for an ingredient is kept beside them as it was typed.
pub const ALLERGENS: [&str; 14] = [
    "gluten",
    "crustaceans",
    "egg",
    "fish",
    "peanuts",
    "soy",
    "milk",
    "nuts",
    "celery",
    "mustard",
    "sesame",
    "sulphites",
    "lupin",
    "molluscs",
];
