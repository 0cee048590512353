// SPDX-License-Identifier: MIT
#include "live/ability.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "live/harness.hpp"

namespace live {

namespace {

using Features = std::unique_ptr<mplan_features, decltype(&mplan_features_free)>;

Features read_features() {
  mplan_features *features = nullptr;
  if (int result = mplan_features_read(0, &features, nullptr); result < 0) {
    throw std::system_error(-result, std::generic_category(), "reading the features");
  }
  return {features, mplan_features_free};
}

}  // namespace

int feature_error(const std::string &name) {
  Features features = read_features();
  for (size_t i = 0; i < mplan_features_count(features.get()); i++) {
    mplan_feature feature{};
    mplan_features_get(features.get(), i, &feature, sizeof feature);
    if (name == feature.name) {
      return feature.error;
    }
  }
  throw std::invalid_argument("no such feature: " + name);
}

std::span<const uint32_t> backends() {
  // A kernel that can do one of them can do those behind it.
  static constexpr uint32_t all[] = {MPLAN_BACKEND_DETACHED, MPLAN_BACKEND_FD, MPLAN_BACKEND_CLASSIC};
  auto best = static_cast<uint32_t>(mplan_features_backend(read_features().get()));
  return {std::find(std::begin(all), std::end(all), best), std::end(all)};
}

bool has_backend(uint32_t backend) { return std::ranges::find(backends(), backend) != backends().end(); }

bool has_namespace_commit() {
  const int error = feature_error("open_tree_namespace");
  return error != EINVAL && error != ENOSYS;
}

bool takes_single_layers() { return feature_error("statmount") != ENOSYS; }

bool can_mount_overlay() {
  std::string top = path("try/top");
  std::string bottom = path("try/bottom");
  std::string merged = path("try/merged");
  for (const std::string &directory : {top, bottom, merged}) {
    mkdirs(directory);
  }
  bool mounted = mount("overlay", merged.c_str(), "overlay", 0, ("lowerdir=" + top + ":" + bottom).c_str()) == 0;
  if (!mounted && errno != EPERM) {
    throw std::system_error(errno, std::generic_category(), "mounting an overlay");
  }
  if (mounted && umount2(merged.c_str(), 0) != 0) {
    throw std::system_error(errno, std::generic_category(), "umount2 " + merged);
  }
  for (const std::string &directory : {top, bottom, merged, path("try")}) {
    rmdir(directory.c_str());
  }
  return mounted;
}

}  // namespace live
