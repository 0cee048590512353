// SPDX-License-Identifier: MIT
// "All or nothing" under every single fault: each system call that prepare and apply make fails once, with each errno. Either the error
// tells of it and everything is as before, or there is a documented way around and the result is the one without the fault.
//
// By ctest some of the calls fail, each with one errno, and some failures are followed by a second apply. All calls, all twelve, and
// always:
//   scripts/fault
#include "fault/loop.hpp"

namespace {

LIVE_TEST(EveryCallFailing, LeavesAFreshRootAsItWas) { fault::run_loop(fault::Form::fresh, identity); }
LIVE_TEST(EveryCallFailing, LeavesATreeOfTheCallerAsItWas) { fault::run_loop(fault::Form::in_place, identity); }
LIVE_TEST(EveryCallFailing, LeavesAChildWithItsOldRoot) { fault::run_loop(fault::Form::pivot, identity); }

}  // namespace
