// SPDX-License-Identifier: MIT
//! The C interface of libmountplan, declared by hand: one module for each header. The headers are the reference; use the
//! `mountplan` crate instead where you can.
//!
//! The tests let a C compiler compare the functions with the headers, and structs and constants with the library's layout file.
#![allow(non_camel_case_types)] // the names are those of C

/// An object of the library, known by its address alone. Neither `Send` nor `Sync` nor `Unpin` by itself.
macro_rules! opaque {
    ($($name:ident)*) => {$(
        #[repr(C)]
        pub struct $name {
            bytes: [u8; 0],
            marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
        }
    )*};
}

mod apply;
mod attributes;
mod error;
mod features;
mod mount;
mod plan;
mod spawn;
mod table;
mod tree;
mod version;

pub use {apply::*, attributes::*, error::*, features::*, mount::*, plan::*, spawn::*, table::*, tree::*, version::*};
