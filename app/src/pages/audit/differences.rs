//! What a change changed: the values that differ between what stood there and what stands there, each under the way to it.

use serde_json::Value;

/// Differences that one entry shows; the file has them all.
const MOST: usize = 60;

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// `values.price_minor`; empty for the whole.
    pub at: String,
    /// Nothing where nothing stood there.
    pub before: Option<String>,
    /// Nothing where nothing stands there.
    pub after: Option<String>,
}

/// The values that differ, in the order of their names.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn compare(at: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if before == after || found.len() >= MOST {
        return;
    }
    let names = |value: &Value| -> Option<Vec<String>> {
        match value {
            Value::Object(members) => Some(members.keys().cloned().collect()),
            Value::Null => Some(Vec::new()),
            _ => None,
        }
    };
    // A list is one value: what moved within it would read as if everything behind it had changed.
    let both = names(before).zip(names(after));
    let Some((old, new)) = both.filter(|(old, new)| !old.is_empty() || !new.is_empty()) else {
        found.push(Difference {
            at: at.to_owned(),
            before: text(before),
            after: text(after),
        });
        return;
    };
    let mut all = old;
    all.extend(new);
    all.sort_unstable();
    all.dedup();
    for name in all {
        let below = match at {
            "" => name.clone(),
            at => format!("{at}.{name}"),
        };
        let part = |value: &Value| value.get(&name).cloned().unwrap_or(Value::Null);
        compare(&below, &part(before), &part(after), found);
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, MOST, differences};
    use serde_json::{Value, json};

    fn said(before: &Value, after: &Value) -> Vec<String> {
        let words = |d: Difference| {
            let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
            format!("{} {} {}", d.at, side(d.before), side(d.after))
        };
        differences(before, after).into_iter().map(words).collect()
    }

    #[test]
    fn only_what_differs_is_shown_with_the_way_to_it() {
        let before = json!({"name": "Pan", "values": {"price": 200, "unit": "piece"}, "gone": 1});
        let after =
            json!({"name": "Pan", "values": {"price": 210, "unit": "piece"}, "new": [1, 2]});
        assert_eq!(
            said(&before, &after),
            ["gone 1 -", "new - [1,2]", "values.price 200 210"]
        );
    }

    #[test]
    fn what_is_new_or_gone_shows_its_parts_and_the_same_shows_nothing() {
        let thing = json!({"a": "x", "b": {"c": true}});
        assert_eq!(said(&Value::Null, &thing), ["a - x", "b.c - true"]);
        assert_eq!(said(&thing, &Value::Null), ["a x -", "b.c true -"]);
        assert!(differences(&thing, &thing).is_empty());
        assert_eq!(said(&json!(1), &json!({"a": 2})), [r#" 1 {"a":2}"#]);
        let long: Value = (0..500).map(|n| (n.to_string(), json!(n))).collect();
        assert_eq!(differences(&Value::Null, &long).len(), MOST);
    }
}
