// SPDX-License-Identifier: MIT
//! What can be said without privilege: each test builds, reads or explains, and changes nothing.
mod error;
mod json;
mod plan;
mod plan_vectors;
mod prepare;
mod spawn;
mod table;
mod vectors;
