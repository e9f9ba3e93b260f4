//! What is kept in local storage, where there is no database.

use super::*;
use crate::device_queue::rest::Rest;

#[test]
fn what_another_version_wrote_beside_the_database_hides_nothing_and_stays() {
    let mine = |entry: &Entry| serde_json::to_string(entry).expect("text");
    let theirs = r#"{"command":{"bake_twice":{"command_id":1}},"about":"Barra"}"#;
    let text = format!("[{},{theirs},{}]", mine(&start(1, 7)), mine(&waste(3)));
    let mut rest = Rest::of(&text);
    let ids_of = |rest: &Rest| ids(&rest.entries().cloned().collect::<Vec<_>>());
    assert_eq!((ids_of(&rest), rest.unread()), (vec![1, 3], 1));

    // Sent, changed and added around it.
    let mut tried = waste(3);
    tried.is_tried = true;
    let changes = vec![
        Change::Remove(Uuid::from_u128(1)),
        Change::Update(tried.clone()),
        Change::Update(waste(9)),
        Change::Add(complete(4, 7, 84)),
        Change::Add(complete(4, 7, 85)),
    ];
    rest.apply(changes);
    assert_eq!((ids_of(&rest), rest.unread()), (vec![3, 4], 1));
    assert_eq!(rest.entries().next(), Some(&tried));
    let again = Rest::of(&serde_json::to_string(&rest).expect("text"));
    assert_eq!(again, rest);

    // When all that is read was sent, what is not read is still there as it was.
    let ids = [3, 4].map(|id| Change::Remove(Uuid::from_u128(id)));
    rest.apply(ids.to_vec());
    assert_eq!((rest.entries().count(), rest.is_empty()), (0, false));
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("a value");
    let written = serde_json::to_string(&rest).expect("text");
    assert_eq!(value(&written), value(&format!("[{theirs}]")));
}

#[test]
fn text_that_is_no_list_is_kept_too() {
    assert!(Rest::default().is_empty() && Rest::of("[]").is_empty());
    for text in [r#"{"version":2,"entries":[]}"#, "[{\"command\":", "7"] {
        let mut rest = Rest::of(text);
        rest.apply(vec![Change::Add(waste(1))]);
        assert_eq!((rest.entries().count(), rest.unread()), (1, 1), "{text}");
        let again = Rest::of(&serde_json::to_string(&rest).expect("text"));
        assert_eq!(again, rest, "{text}");
    }
}
