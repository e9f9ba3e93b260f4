//! The table of functions that main module and parts share.

use walrus::{ConstExpr, ElementId, ElementItems, ElementKind, Module, TableId};

/// Takes the segments out that fill the table with nothing: the splitter writes one for every part, so that no tool gives the part's
/// places away. The table is as large without them, and a new table is full of nothing (WebAssembly Core Specification 2.0, 4.5.4).
/// Does so when every tool that might give places away has run.
pub(super) fn drop_placeholders(code: &mut Module) {
    let needless: Vec<(ElementId, TableId)> = code
        .elements
        .iter()
        .filter(|segment| is_nothing(&segment.items))
        .filter_map(|segment| match segment.kind {
            ElementKind::Active { table, .. } => Some((segment.id(), table)),
            ElementKind::Passive | ElementKind::Declared => None,
        })
        .collect();
    for (segment, table) in needless {
        code.tables.get_mut(table).elem_segments.remove(&segment);
        code.elements.delete(segment);
    }
}

fn is_nothing(items: &ElementItems) -> bool {
    match items {
        ElementItems::Functions(functions) => functions.is_empty(),
        ElementItems::Expressions(_, values) => values
            .iter()
            .all(|value| matches!(value, ConstExpr::RefNull(_))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::{FunctionBuilder, RefType, ir::Value};

    #[test]
    fn the_table_keeps_its_size_and_its_functions() {
        let mut code = Module::default();
        let function =
            FunctionBuilder::new(&mut code.types, &[], &[]).finish(Vec::new(), &mut code.funcs);
        let table = code.tables.add_local(false, 4, Some(4), RefType::FUNCREF);
        let nothing = ConstExpr::RefNull(RefType::FUNCREF);
        let places = [
            (1, ElementItems::Functions(vec![function])),
            (2, ElementItems::Expressions(RefType::FUNCREF, Vec::new())),
            (
                2,
                ElementItems::Expressions(RefType::FUNCREF, vec![nothing.clone(), nothing]),
            ),
        ];
        for (place, items) in places {
            let offset = ConstExpr::Value(Value::I32(place));
            let segment = code
                .elements
                .add(ElementKind::Active { table, offset }, items);
            code.tables.get_mut(table).elem_segments.insert(segment);
        }
        code.exports.add("table", table);
        drop_placeholders(&mut code);
        let code = Module::from_buffer(&code.emit_wasm()).unwrap();
        assert_eq!(code.elements.iter().count(), 1);
        let table = code.tables.iter().next().unwrap();
        assert_eq!((table.initial, table.maximum), (4, Some(4)));
        assert_eq!(table.elem_segments.len(), 1);
    }
}
