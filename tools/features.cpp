// SPDX-License-Identifier: MIT
// mountplan features: what this kernel and these privileges allow.
#include "mounts.hpp"
#include "report.hpp"

namespace mountplan::tool {
namespace {

std::vector<mplan_feature> entries_of(const mplan_features *features) {
  std::vector<mplan_feature> entries(mplan_features_count(features));
  for (size_t i = 0; i < entries.size(); i++) {
    mplan_features_get(features, i, &entries[i], sizeof entries[i]);
  }
  return entries;
}

const char *backend_of(const mplan_features *features) {
  return mplan_backend_name(static_cast<uint32_t>(mplan_features_backend(features)));
}

std::string json_text(const mplan_features *features) {
  JsonWriter json;
  json.open_object().key("version").string(mplan_version()).key("backend").string_or_null(backend_of(features));
  json.key("features").open_array();
  for (const mplan_feature &entry : entries_of(features)) {
    json.open_object().key("name").string(entry.name).key("needed").string_or_null(entry.needed);
    json.key("works").boolean(entry.error == 0);
    json.key("errno").number(static_cast<uint64_t>(entry.error));
    json.key("error");
    (entry.error == 0 ? json.null() : json.string(errno_name(entry.error))).close_object();
  }
  json.close_array().close_object();
  return json.text() + '\n';
}

std::string column_text(const mplan_features *features) {
  Style style = detect_style();
  std::vector<Row> rows;
  for (const mplan_feature &entry : entries_of(features)) {
    rows.push_back(
        {{entry.name, entry.error == 0 ? "yes" : errno_name(entry.error), entry.needed != nullptr ? entry.needed : ""}, entry.error != 0});
  }
  const char *backend = backend_of(features);
  return std::string("backend: ") + (backend != nullptr ? backend : "none") + "\n\n" +
         align({"FEATURE", "WORKS", "NEEDED FOR"}, rows, style);
}

}  // namespace

int features_command(const Words &words) {
  ViewOptions options = parse_view_options("features", "Tries each kernel call the library can use, changing nothing.", words);
  Owned<mplan_features> features;
  Owned<mplan_error> error;
  if (mplan_features_read(0, Out(features), Out(error)) < 0) {
    fail(error.get(), {}, exit_failure);
  }
  print_output(options.json ? json_text(features.get()) : column_text(features.get()));
  return exit_success;
}

}  // namespace mountplan::tool
