// SPDX-License-Identifier: MIT
//! What this kernel, and the privileges of the calling thread, allow.
use crate::{error, prepare::Backend, sys, text, Result};
use std::{io, ptr};

/// One thing that was tried.
#[derive(Clone, Debug)]
pub struct Feature {
    name: String,
    needed: String,
    error: i32,
}

impl Feature {
    /// Such as `open_tree` or `mount_on_detached`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, a short phrase.
    pub fn needed(&self) -> &str {
        &self.needed
    }

    /// Whether it works.
    pub fn works(&self) -> bool {
        self.error == 0
    }

    /// Why it does not work: ENOSYS for what the kernel does not have, EPERM for what it denies.
    pub fn error(&self) -> Option<io::Error> {
        Some(self.error).filter(|&error| error != 0).map(io::Error::from_raw_os_error)
    }
}

/// What works here.
///
/// ```
/// # fn main() -> Result<(), mountplan::Error> {
/// let features = mountplan::Features::read()?;
/// for feature in features.iter().filter(|feature| !feature.works()) {
///     println!("{} does not work here; it is for {}", feature.name(), feature.needed());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Features {
    all: Vec<Feature>,
    backend: Backend,
}

impl Features {
    /// Tries each call the library can use, in ways that change nothing.
    pub fn read() -> Result<Features> {
        let mut features = ptr::null_mut();
        error::call(|err| unsafe { sys::mplan_features_read(0, &mut features, err) })?;
        // All is copied before the object is freed.
        unsafe {
            let get = |i| text::filled(|out, size| sys::mplan_features_get(features, i, out, size));
            let words = |words| text::name_from_c(words).unwrap_or("").to_owned();
            let copy = |raw: sys::mplan_feature| Feature {
                name: words(raw.name),
                needed: words(raw.needed),
                error: raw.error,
            };
            let all = (0..sys::mplan_features_count(features)).filter_map(get).map(copy).collect();
            let backend = Backend::from_raw(sys::mplan_features_backend(features) as u32);
            sys::mplan_features_free(features);
            Ok(Features { all, backend })
        }
    }

    /// Everything that was tried.
    pub fn iter(&self) -> std::slice::Iter<'_, Feature> {
        self.all.iter()
    }

    /// The backend that [`Backend::Auto`] picks here.
    pub fn backend(&self) -> Backend {
        self.backend
    }
}

impl<'a> IntoIterator for &'a Features {
    type Item = &'a Feature;
    type IntoIter = std::slice::Iter<'a, Feature>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
