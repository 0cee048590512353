/* SPDX-License-Identifier: MIT */
/* libmountplan: describe a root file system once; get it mounted exactly as described, or not at all. */
#ifndef MOUNTPLAN_MOUNTPLAN_H
#define MOUNTPLAN_MOUNTPLAN_H

#include <mountplan/apply.h>
#include <mountplan/attributes.h>
#include <mountplan/error.h>
#include <mountplan/features.h>
#include <mountplan/mount.h>
#include <mountplan/plan.h>
#include <mountplan/spawn.h>
#include <mountplan/table.h>
#include <mountplan/tree.h>
#include <mountplan/version.h>

#endif
