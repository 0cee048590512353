// SPDX-License-Identifier: MIT
// The event callback: told each step in order, with its op and flags, and able to stop a preparation.
#include <cerrno>
#include <functional>

#include "live/plan_world.hpp"

using live::path;
using live::Plan;

namespace {

struct Event {
  int op;
  std::string op_name;
  std::string call;
  int64_t result;
  uint64_t flags;
  std::string source;
  std::string target;
  std::string text;
};

struct Listener {
  std::vector<Event> events;
  std::function<int(const Event &)> answer = [](const Event &) { return 0; };

  static std::string plain(const char *text) { return text == nullptr ? "" : text; }
  static int told(const mplan_event *event, void *data) {
    auto &listener = *static_cast<Listener *>(data);
    listener.events.push_back({event->op, plain(event->op_name), plain(event->call), event->result, event->flags, plain(event->source),
                               plain(event->target), plain(event->text)});
    return listener.answer(listener.events.back());
  }
  // The calls of one op, in order.
  std::vector<std::string> calls(int op) const {
    std::vector<std::string> out;
    for (const Event &event : events) {
      if (event.op == op) {
        out.push_back(event.call);
      }
    }
    return out;
  }
  const Event *find(int op, const std::string &call) const {
    for (const Event &event : events) {
      if (event.op == op && event.call == call) {
        return &event;
      }
    }
    return nullptr;
  }
};

struct Run {
  int prepared = 0;
  int applied = 0;
  live::Error error;
};

Run run(const Plan &plan, uint32_t backend, Listener &listener) {
  live::mkdirs(path("root"));
  std::string root = path("root");
  mplan_prepare_args args{};
  args.backend = backend;
  args.root = root.c_str();
  args.event = Listener::told;
  args.event_data = &listener;
  mplan_prepared *prepared = nullptr;
  mplan_error *error = nullptr;
  Run out;
  out.prepared = mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error);
  if (out.prepared == 0) {
    out.applied = mplan_apply(prepared, &error);
    mplan_prepared_free(prepared);
  }
  if (error != nullptr) {
    out.error = live::take(error);
  }
  return out;
}

void expect_in_order(const std::vector<std::string> &calls, const std::vector<std::string> &expected) {
  size_t next = 0;
  for (const std::string &call : calls) {
    next += next < expected.size() && call == expected[next] ? 1 : 0;
  }
  EXPECT_EQ(next, expected.size()) << "missing or out of order from " << (next < expected.size() ? expected[next] : "") << " on in "
                                   << testing::PrintToString(calls);
}

// The call of each backend that sets the attributes of a bind.
const char *attribute_call(uint32_t backend) { return backend == MPLAN_BACKEND_CLASSIC ? "mount" : "mount_setattr"; }

}  // namespace

LIVE_TEST(LiveEvents, TellEachCallOfAnOpInOrder) {
  live::mkdirs(path("source"));
  const std::pair<uint32_t, std::vector<std::string>> expected[] = {
      {MPLAN_BACKEND_DETACHED, {"openat", "open_tree", "mount_setattr", "openat2", "mkdirat", "move_mount"}},
      {MPLAN_BACKEND_FD, {"openat", "open_tree", "mount_setattr", "openat2", "mkdirat", "move_mount"}},
      {MPLAN_BACKEND_CLASSIC, {"openat", "mount", "mount", "mount", "openat2", "mkdirat", "mount"}},
  };
  for (const auto &[backend, calls] : expected) {
    if (!live::has_backend(backend)) {
      continue;
    }
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_dir, "/dir", 0755, 0);
    plan.add(mplan_plan_bind, path("source"), "/target", 0);
    Listener listener;
    ASSERT_EQ(run(plan, backend, listener).applied, 0);
    expect_in_order(listener.calls(1), calls);
  }
}

LIVE_TEST(LiveEvents, TellTheOpsInOrderAndByName) {
  live::mkdirs(path("source"));
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_dir, "/dir", 0755, 0);
    plan.add(mplan_plan_bind, path("source"), "/target", 0);
    plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
    Listener listener;
    ASSERT_EQ(run(plan, backend, listener).applied, 0);
    int last = -1;
    bool applying = false;
    for (const Event &event : listener.events) {
      applying = applying || event.op == 0;  // a dir has nothing to prepare
      if (applying && event.op >= 0) {
        EXPECT_GE(event.op, last) << event.text;
        last = event.op;
      }
      const char *names[] = {"", "dir", "bind", "tmpfs"};
      EXPECT_EQ(event.op_name, names[event.op + 1]) << event.text;
    }
    EXPECT_EQ(last, 2);
    EXPECT_EQ(listener.find(1, "openat")->source, path("source"));
    EXPECT_EQ(listener.find(1, "openat")->target, "/target");
  }
}

LIVE_TEST(LiveEvents, TellTheAttributesThatACallSets) {
  live::mkdirs(path("source"));
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    int op = plan.add(mplan_plan_bind, path("source"), "/target", 0);
    plan.add(mplan_op_set_attrs, op, MPLAN_ATTR_NOEXEC, 0);
    Listener listener;
    ASSERT_EQ(run(plan, backend, listener).applied, 0);
    uint64_t set = 0;
    for (const Event &event : listener.events) {
      if (event.op == op && event.call == attribute_call(backend)) {
        set |= event.flags;
      }
    }
    constexpr uint64_t wanted = MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV | MPLAN_ATTR_NOEXEC;
    EXPECT_EQ(set & wanted, wanted);
  }
}

LIVE_TEST(LiveEvents, TellTheErrnoOfAFailedCall) {
  Plan plan;
  plan.add(mplan_plan_bind, path("missing"), "/target", 0);
  Listener listener;
  EXPECT_EQ(run(plan, MPLAN_BACKEND_AUTO, listener).prepared, -ENOENT);
  ASSERT_NE(listener.find(0, "openat"), nullptr);
  EXPECT_EQ(listener.find(0, "openat")->result, -ENOENT);
}

LIVE_TEST(LiveEvents, StopThePreparationWhenTheCallbackSaysSo) {
  live::mkdirs(path("source"));
  live::Snapshot before = live::host_snapshot();
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/target", 0);
    plan.add(mplan_plan_bind, path("made"), "/ensured", MPLAN_BIND_ENSURE);
    Listener listener;
    listener.answer = [](const Event &event) { return event.op == 0 ? 1 : 0; };
    Run outcome = run(plan, backend, listener);
    EXPECT_EQ(outcome.prepared, -ECANCELED);
    EXPECT_EQ(outcome.error, (live::Error{.kind = MPLAN_ERROR_CALLBACK,
                                          .error = ECANCELED,
                                          .stage = MPLAN_STAGE_PREPARE,
                                          .message = "Operation canceled (the event callback asked to stop)",
                                          .detail = "the event callback asked to stop"}));
    EXPECT_EQ(listener.events.back().op, 0) << "told more after it asked to stop: " << listener.events.back().text;
    EXPECT_FALSE(live::exists(path("made")));
  }
  EXPECT_EQ(live::host_snapshot(), before);
}

LIVE_TEST(LiveEvents, DoNotStopOnceSomethingWasChanged) {
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
    Listener listener;
    listener.answer = [](const Event &event) { return event.op == 0 && event.call == "mkdirat" ? 1 : 0; };
    Run outcome = run(plan, backend, listener);
    EXPECT_EQ(outcome.applied, 0) << outcome.error;
    EXPECT_NE(listener.find(0, "mkdirat"), nullptr);
  }
}

LIVE_TEST(LiveEvents, AreAllToldWhileApplyingWhateverTheCallbackAnswers) {
  Plan plan;
  plan.add(mplan_plan_tmpfs, "/tmp", 0, 0755, 0);
  Listener patient;
  ASSERT_EQ(run(plan, MPLAN_BACKEND_AUTO, patient).applied, 0);
  Listener hasty;
  hasty.answer = [](const Event &event) { return event.op == 0 ? 1 : 0; };  // a tmpfs has nothing to prepare
  EXPECT_EQ(run(plan, MPLAN_BACKEND_AUTO, hasty).applied, 0);
  EXPECT_EQ(hasty.calls(0), patient.calls(0));
}

LIVE_TEST(LiveEvents, OfEnsureAreTooLateToStop) {
  Plan plan;
  plan.add(mplan_plan_bind, path("made"), "/ensured", MPLAN_BIND_ENSURE);
  Listener listener;
  listener.answer = [](const Event &event) { return event.call == "mkdirat" && event.result == 0 ? 1 : 0; };
  EXPECT_EQ(run(plan, MPLAN_BACKEND_AUTO, listener).prepared, 0);
  EXPECT_TRUE(live::exists(path("made")));
}
