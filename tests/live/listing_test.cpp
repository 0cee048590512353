// SPDX-License-Identifier: MIT
// A1 for the helpers root and etc: what they bind is what they listed. Whoever can write on the host changes it right after the listing,
// or, where sources are resolved at apply, between prepare and apply.
#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include "live/plan_world.hpp"

using live::path;
using live::Plan;

namespace {

using Swap = std::function<void()>;

enum class Moment { after_the_listing, before_apply };

void make_host() {
  for (const char *dir : {"host", "outside"}) {
    live::write_file(path(std::string(dir) + "/data/file"), dir);
    live::write_file(path(std::string(dir) + "/note"), dir);
  }
}

// Renames in the host's directory; what takes the place comes from `text`.
void replace_by_link(const char *name, const std::string &text) {
  std::filesystem::rename(path(name), path(name) + ".old");
  live::symlink(text, path(name));
}

int swap_after_listing(const mplan_event *event, void *data) {
  auto &swap = *static_cast<Swap *>(data);
  if (swap && std::string_view(event->call) == "getdents64" && event->result == 0) {
    swap();
    swap = nullptr;
  }
  return 0;
}

live::Outcome apply(const Plan &plan, uint32_t backend, Moment moment, Swap swap) {
  std::string root = path("root");
  mplan_prepare_args args{};
  args.root = root.c_str();
  args.backend = backend;
  args.flags = moment == Moment::before_apply ? MPLAN_PREPARE_DEFERRED : 0;
  if (moment == Moment::after_the_listing) {
    args.event = swap_after_listing;
    args.event_data = &swap;
  }
  live::Outcome out;
  mplan_error *error = nullptr;
  mplan_prepared *prepared = nullptr;
  out.result = mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error);
  if (out.result == 0) {
    if (moment == Moment::before_apply) {
      swap();
    }
    out.result = mplan_apply(prepared, &error);
    mplan_prepared_free(prepared);
  }
  if (out.result < 0) {
    out.error = live::take(error);
  }
  return out;
}

// Applies with each backend and a swap at each moment, in a scratch that is fresh each time, and looks at what came of it.
void swapped_everywhere(const live::Build &build, const Swap &swap, const std::function<void(const live::Outcome &)> &look) {
  for (Moment moment : {Moment::after_the_listing, Moment::before_apply}) {
    for (uint32_t backend : live::backends()) {
      SCOPED_TRACE(std::string(mplan_backend_name(backend)) + (moment == Moment::before_apply ? ", before apply" : ", after the listing"));
      for (const auto &entry : std::filesystem::directory_iterator(path("."))) {
        std::filesystem::remove_all(entry);
      }
      make_host();
      live::mkdirs(path("root"));
      Plan plan;
      build(plan);
      live::Snapshot before = live::host_snapshot();
      live::Outcome outcome = apply(plan, backend, moment, swap);
      look(outcome);
      if (outcome.result < 0) {
        EXPECT_EQ(live::host_snapshot(), before);
      } else {
        ASSERT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0);
      }
    }
  }
}

void add_root(Plan &plan) { plan.add(mplan_plan_root, path("host"), 0); }

}  // namespace

LIVE_TEST(LiveA1Root, RefusesAnEntryThatBecameALinkAfterItWasListed) {
  for (const char *name : {"host/data", "host/note"}) {
    swapped_everywhere(
        add_root, [&] { replace_by_link(name, "../outside/" + std::string(name + 5)); },
        [&](const live::Outcome &outcome) {
          EXPECT_EQ(outcome.result, -ELOOP);
          EXPECT_EQ(outcome.error.kind, MPLAN_ERROR_SAFETY);
          EXPECT_EQ(outcome.error.op_name, "root");
          EXPECT_EQ(outcome.error.path, path(name));
        });
  }
}

LIVE_TEST(LiveA1Root, SkipsAnEntryThatIsGoneSinceItWasListed) {
  swapped_everywhere(
      add_root, [] { std::filesystem::rename(path("host/data"), path("outside/moved")); },
      [](const live::Outcome &outcome) {
        ASSERT_EQ(outcome.result, 0) << outcome.error;
        EXPECT_FALSE(live::exists(path("root/data")));
        EXPECT_EQ(live::read_file(path("root/note")), "host");
      });
}

LIVE_TEST(LiveA1Root, BindsFromTheDirectoryThatWasListedWhateverHasItsNameNow) {
  swapped_everywhere(
      add_root, [] { replace_by_link("host", "outside"); },
      [](const live::Outcome &outcome) {
        ASSERT_EQ(outcome.result, 0) << outcome.error;
        EXPECT_EQ(live::read_file(path("root/data/file")), "host");
        EXPECT_EQ(live::read_file(path("root/note")), "host");
      });
}

LIVE_TEST(LiveA1Etc, BindsTheDirectoryThatWasListedWhateverHasItsNameNow) {
  swapped_everywhere([](Plan &plan) { plan.add(mplan_plan_etc, path("host"), "id", 0); }, [] { replace_by_link("host", "outside"); },
                     [](const live::Outcome &outcome) {
                       ASSERT_EQ(outcome.result, 0) << outcome.error;
                       EXPECT_EQ(live::read_file(path("root/etc/note")), "host");
                       EXPECT_EQ(live::read_file(path("root/etc/.host/id/data/file")), "host");
                     });
}
