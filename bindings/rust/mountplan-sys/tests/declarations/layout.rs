// SPDX-License-Identifier: MIT
//! Structs and constants are those of the layout file, which a C program writes: sizes, offsets and values, none missing, none too many.

use crate::source;
use mountplan_sys::*;
use std::{collections::BTreeSet, fs, mem::size_of};

/// The lines of each struct. That a field is not named here shows, as the layout file has it.
macro_rules! layout {
    ($($name:ident { $($field:ident),* })*) => {{
        let mut lines = BTreeSet::new();
        $(
            lines.insert(format!("struct {} size {}", stringify!($name), size_of::<$name>()));
            let value: $name = unsafe { std::mem::zeroed() };
            let start = &value as *const $name as usize;
            $(
                let offset = std::ptr::addr_of!(value.$field) as usize - start;
                let field = stringify!($field).trim_start_matches("r#");
                let size = std::mem::size_of_val(&value.$field);
                lines.insert(format!("field {}.{} offset {} size {}", stringify!($name), field, offset, size));
            )*
        )*
        lines
    }};
}

fn declared() -> BTreeSet<String> {
    let mut lines = layout! {
        mplan_event { op, reserved, result, flags, op_name, call, source, target, text }
        mplan_prepare_args { flags, backend, root_fd, has_root_fd, reserved, root, event, event_data }
        mplan_failure { bytes }
        mplan_feature { name, needed, error, reserved }
        mplan_op { kind, mode, flags, size, attrs_set, attrs_clear, symlinks, source_fd, source, target, name, layers }
        mplan_exit { code, signal }
        mplan_mount { id, parent_id, major, minor, attributes, propagation, shared, master, propagate_from, root, mount_point, options, optional, r#type, source, super_options, unique_id }
        mplan_node { mount, parent, first_child, next_sibling, depth, reason, covered, reserved }
    };
    lines.extend(source::constants().into_iter().map(|(name, value)| format!("const {} {}", name, value)));
    lines
}

#[test]
fn is_that_of_the_layout_file() {
    let recorded = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/abi/layout.txt")).unwrap();
    let recorded: BTreeSet<String> = recorded.lines().map(str::to_owned).collect();
    let declared = declared();
    let missing: Vec<_> = recorded.difference(&declared).collect();
    let surplus: Vec<_> = declared.difference(&recorded).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "not declared: {:#?}\nnot in the library: {:#?}",
        missing,
        surplus
    );
}
