// SPDX-License-Identifier: MIT
// libmountplan for C++20, header-only over the C API: objects that free themselves, ranges of entries, exceptions.
//
// Names are those of C: mplan_plan_bind() is Plan::bind(), mplan_op_set_attrs() is set_attrs() of what it returns, and flags are the
// MPLAN_ constants. The C headers are the reference for what each does. Objects can be moved, not copied; one object is for one thread at a
// time. Structs that come back are those of C; their strings are borrowed from the object they come from, and text() makes a
// std::string_view of one that may be NULL.
#ifndef MOUNTPLAN_MOUNTPLAN_HPP
#define MOUNTPLAN_MOUNTPLAN_HPP

#include <mountplan/apply.hpp>
#include <mountplan/error.hpp>
#include <mountplan/features.hpp>
#include <mountplan/mount.hpp>
#include <mountplan/plan.hpp>
#include <mountplan/spawn.hpp>
#include <mountplan/table.hpp>

#endif
