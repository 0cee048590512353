// SPDX-License-Identifier: MIT
//! What this crate declares, compared with the library's headers and layout file.
mod functions;
mod layout;
mod source;
