/* SPDX-License-Identifier: MIT */
#include <mountplan/mountplan.h>
#include <string.h>
int main(void) { return strcmp(mplan_version(), MPLAN_VERSION_STRING); }
