// SPDX-License-Identifier: MIT
#include <mountplan/version.h>

const char *mplan_version(void) { return MPLAN_VERSION_STRING; }
