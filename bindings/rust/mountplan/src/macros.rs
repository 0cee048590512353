// SPDX-License-Identifier: MIT
//! The shapes that repeat: sets of flags, numbered choices, and iterators over what the library keeps by index.

/// A set of flags, a type of its own for each function, so that the flags of one op do not get into another.
macro_rules! flags {
    ($(#[$about:meta])* $name:ident { $($(#[$flag_about:meta])* $flag:ident = $value:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $name(u64);

        impl $name {
            $($(#[$flag_about])* pub const $flag: $name = $name($crate::sys::$value);)*

            /// The empty set.
            pub const NONE: $name = $name(0);

            /// The set of these bits. The library refuses those it does not know.
            pub const fn from_bits(bits: u64) -> $name {
                $name(bits)
            }

            /// The bits, as in C.
            pub const fn bits(self) -> u64 {
                self.0
            }

            /// Whether all of `other` is in this set.
            pub const fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether nothing is in this set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl std::ops::BitOr for $name {
            type Output = $name;
            fn bitor(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }
        }

        impl std::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: $name) {
                self.0 |= other.0;
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let names: &[(u64, &str)] = &[$(($crate::sys::$value, stringify!($flag)),)*];
                let mut list = out.debug_set();
                let mut rest = self.0;
                for (bit, name) in names.iter().filter(|(bit, _)| self.0 & bit != 0) {
                    list.entry(&format_args!("{}", name));
                    rest &= !bit;
                }
                if rest != 0 {
                    list.entry(&format_args!("{:#x}", rest));
                }
                list.finish()
            }
        }
    };
}

/// One of several, with a number in C.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident: $number:ty { $($(#[$value_about:meta])* $choice:ident = $value:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_about])* $choice,)*
            /// Another one, of a newer library.
            Unknown($number),
        }

        impl $name {
            /// From the number that C has for it.
            pub const fn from_raw(number: $number) -> $name {
                match number {
                    $($crate::sys::$value => $name::$choice,)*
                    other => $name::Unknown(other),
                }
            }

            /// The number that C has for it.
            pub const fn as_raw(self) -> $number {
                match self {
                    $($name::$choice => $crate::sys::$value,)*
                    $name::Unknown(other) => other,
                }
            }
        }
    };
}

/// An iterator over a container that has `len()` and `get()`.
macro_rules! indexed {
    ($(#[$about:meta])* $name:ident: $container:ident gives $item:ident) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name<'a> {
            of: &'a $container,
            range: std::ops::Range<usize>,
        }

        impl<'a> $name<'a> {
            pub(crate) fn new(of: &'a $container) -> $name<'a> {
                $name { of, range: 0..of.len() }
            }
        }

        impl<'a> Iterator for $name<'a> {
            type Item = $item<'a>;

            fn next(&mut self) -> Option<$item<'a>> {
                self.range.next().and_then(|index| self.of.get(index))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.range.size_hint()
            }

            fn nth(&mut self, n: usize) -> Option<$item<'a>> {
                self.range.nth(n).and_then(|index| self.of.get(index))
            }
        }

        impl DoubleEndedIterator for $name<'_> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.range.next_back().and_then(|index| self.of.get(index))
            }
        }

        impl ExactSizeIterator for $name<'_> {}
        impl std::iter::FusedIterator for $name<'_> {}

        impl<'a> IntoIterator for &'a $container {
            type Item = $item<'a>;
            type IntoIter = $name<'a>;

            fn into_iter(self) -> $name<'a> {
                $name::new(self)
            }
        }
    };
}
