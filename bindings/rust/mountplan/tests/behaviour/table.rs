// SPDX-License-Identifier: MIT
//! Tables and trees: reading, iterating, looking up.
use mountplan::{Attributes, NodeReason, Propagation, ReadFlags, Table, UnfoldFlags};
use std::{fs::File, path::Path, thread};

const TEXT: &str = "\
20 20 0:1 / / rw,relatime shared:7 master:3 propagate_from:2 - ext4 /dev/sda1 rw,errors=remount-ro
21 20 0:2 /sub /mnt\\040a ro,nosuid,noatime,odd - overlay overlay rw,lowerdir=/a\\054b,upperdir=/c
22 21 0:3 net:[4026531840] /mnt\\040a rw - nsfs nsfs rw
";

#[test]
fn a_mount_has_every_field_of_its_line() {
    let table = Table::parse(TEXT).unwrap();
    let root = table.get(0).unwrap();
    assert_eq!((root.index(), root.id(), root.parent_id(), root.device()), (0, 20, 20, (0, 1)));
    assert_eq!((root.peer_group(), root.master(), root.propagates_from()), (Some(7), Some(3), Some(2)));
    assert_eq!(root.propagation(), Propagation::SHARED | Propagation::SLAVE);
    assert_eq!((root.type_name(), root.source()), ("ext4".as_ref(), "/dev/sda1".as_ref()));
    assert_eq!((root.options(), root.super_options()), ("rw,relatime".as_ref(), "rw,errors=remount-ro".as_ref()));
    assert_eq!((root.optional_fields(), root.unique_id()), ("shared:7 master:3 propagate_from:2".as_ref(), None));
    let below = table.get(1).unwrap();
    assert_eq!((below.root(), below.mount_point()), (Path::new("/sub"), Path::new("/mnt a")));
    assert_eq!(below.attributes(), Attributes::RDONLY | Attributes::NOSUID | Attributes::NOATIME);
    assert_eq!((below.peer_group(), below.propagation()), (None, Propagation::PRIVATE));
    assert_eq!(below.unknown_options(), ["odd"]);
    assert_eq!(below.super_option_list(), ["rw", "lowerdir=/a,b", "upperdir=/c"]);
}

#[test]
fn mounts_are_iterated_from_both_ends_and_found_by_id() {
    let table = Table::parse(TEXT).unwrap();
    assert_eq!(table.iter().map(|mount| mount.id()).collect::<Vec<_>>(), [20, 21, 22]);
    assert_eq!(table.iter().rev().map(|mount| mount.id()).collect::<Vec<_>>(), [22, 21, 20]);
    assert_eq!((table.iter().len(), table.iter().nth(2).unwrap().id()), (3, 22));
    assert_eq!(table.find_id(21).unwrap().index(), 1);
    assert!(table.find_id(23).is_none() && table.get(3).is_none());
}

#[test]
fn a_tree_says_who_is_below_whom_and_what_is_covered() {
    let tree = Table::parse(TEXT).unwrap().unfold("/", UnfoldFlags::NONE).unwrap();
    let root = tree.get(0).unwrap();
    assert_eq!((root.depth(), root.parent().is_none(), root.children().count()), (0, true, 1));
    let below = root.children().next().unwrap();
    assert_eq!((below.is_covered(), below.reason()), (true, NodeReason::Stacked));
    let top = below.children().next().unwrap();
    assert_eq!((top.mount().id(), top.depth(), top.parent().unwrap().index()), (22, 2, below.index()));
    assert_eq!((top.is_covered(), top.reason()), (false, NodeReason::Visible));
    assert_eq!(tree.iter().len(), tree.len());
}

#[test]
fn a_target_that_is_no_mount_point_stands_for_its_owner_when_asked() {
    let table = Table::parse(TEXT).unwrap();
    assert_eq!(table.unfold("/usr", UnfoldFlags::NONE).unwrap_err().raw_os_error(), 116);
    let tree = table.unfold("/usr", UnfoldFlags::OWNER).unwrap();
    assert_eq!(tree.get(0).unwrap().mount().id(), 20);
}

#[test]
fn a_tree_and_a_clone_keep_the_table() {
    let table = Table::parse(TEXT).unwrap();
    let (copy, tree) = (table.clone(), table.unfold_all().unwrap());
    drop(table);
    assert_eq!((copy.len(), tree.table().len()), (3, 3));
}

#[test]
fn the_own_namespace_is_read_in_each_way() {
    let own = Table::read_self(ReadFlags::MOUNTINFO).unwrap();
    let of_process = Table::read_pid(std::process::id() as i32, ReadFlags::NONE).unwrap();
    let of_file = Table::read_fd(File::open("/proc/self/mountinfo").unwrap()).unwrap();
    for table in [&own, &of_process, &of_file] {
        assert!(!table.is_empty() && !table.is_unstable());
    }
    assert_eq!(own.len(), of_file.len());
    assert!(Table::read_pid(0, ReadFlags::NONE).is_err());
}

#[test]
fn one_table_is_read_by_many_threads() {
    let table = Table::parse(TEXT).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(table.unfold_all().unwrap().len(), 3));
        }
    });
}
