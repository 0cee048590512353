// SPDX-License-Identifier: MIT
// The rules of unfolding written down as directly as possible, at any cost in time: what the library is compared with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mountplan::test {

struct Mount {
  uint64_t id;
  uint64_t parent_id;
  std::string path;
};

struct ReferenceNode {
  size_t mount;
  size_t depth;
  std::string reason;
  bool covered;
  bool operator==(const ReferenceNode &) const = default;
};

class Reference {
 public:
  explicit Reference(std::vector<Mount> mounts) : mounts_(std::move(mounts)) {
    for (size_t i = 0; i < mounts_.size(); i++) {
      named_parents_.push_back(find_by_id(i));
    }
    for (size_t i = 0; i < mounts_.size(); i++) {
      parents_.push_back(first_of_cycle(i) ? std::nullopt : named_parent(i));
    }
  }

  std::vector<ReferenceNode> forest() const {
    std::vector<ReferenceNode> out;
    for (size_t i = 0; i < mounts_.size(); i++) {
      if (!parent(i)) {
        add(i, 0, out);
      }
    }
    return out;
  }

  // The subtree of the visible mount at the target; none when there is none.
  std::optional<std::vector<ReferenceNode>> below(const std::string &target, bool owner) const {
    std::optional<size_t> best;
    for (size_t i = 0; i < mounts_.size(); i++) {
      if (!covered(i) && (owner ? leads_to(path(i), target) : path(i) == target) && (!best || path(i).size() >= path(*best).size())) {
        best = i;
      }
    }
    if (!best) {
      return std::nullopt;
    }
    std::vector<ReferenceNode> out;
    add(*best, 0, out);
    return out;
  }

  // The subtree of the mount with this id, seen from that mount: what hides it does not count. None when there is no such mount.
  std::optional<std::vector<ReferenceNode>> from(uint64_t id) const {
    for (size_t i = 0; i < mounts_.size(); i++) {
      if (live(i) && mounts_[i].id == id) {
        std::vector<ReferenceNode> out;
        add(i, 0, out, i);
        return out;
      }
    }
    return std::nullopt;
  }

  bool mentions(const std::string &target) const {
    for (size_t i = 0; i < mounts_.size(); i++) {
      if (live(i) && path(i) == target) {
        return true;
      }
    }
    return false;
  }

 private:
  const std::string &path(size_t i) const { return mounts_[i].path; }

  static bool leads_to(const std::string &shorter, const std::string &longer) {
    return shorter == longer || longer.starts_with(shorter == "/" ? shorter : shorter + "/");
  }
  bool live(size_t i) const {
    for (size_t j = i + 1; j < mounts_.size(); j++) {
      if (mounts_[j].id == mounts_[i].id) {
        return false;
      }
    }
    return true;
  }
  std::optional<size_t> find_by_id(size_t i) const {
    for (size_t j = mounts_.size(); j-- > 0;) {
      if (mounts_[j].id == mounts_[i].parent_id && mounts_[i].parent_id != mounts_[i].id) {
        return j;
      }
    }
    return std::nullopt;
  }
  // By id alone, cycles not yet broken.
  std::optional<size_t> named_parent(size_t i) const { return named_parents_[i]; }
  bool first_of_cycle(size_t i) const {
    std::optional<size_t> at = named_parent(i);
    for (size_t steps = 0; at && steps < mounts_.size(); steps++, at = named_parent(*at)) {
      if (*at == i) {
        return true;
      }
      if (*at < i) {
        return false;
      }
    }
    return false;
  }
  std::optional<size_t> parent(size_t i) const { return parents_[i]; }
  bool missing_parent(size_t i) const { return !named_parent(i) && mounts_[i].parent_id != mounts_[i].id; }

  bool siblings(size_t i, size_t j) const {
    if (parent(i) && parent(j)) {
      return *parent(i) == *parent(j);
    }
    return missing_parent(i) && missing_parent(j) && mounts_[i].parent_id == mounts_[j].parent_id;
  }
  bool under_sibling(size_t i) const {
    for (size_t j = 0; j < mounts_.size(); j++) {
      if (j != i && live(j) && siblings(i, j) && (path(i) == path(j) ? j > i : leads_to(path(j), path(i)))) {
        return true;
      }
    }
    return false;
  }
  bool stacked(size_t i) const {
    for (size_t j = 0; j < mounts_.size(); j++) {
      if (live(j) && parent(j) == i && path(j) == path(i)) {
        return true;
      }
    }
    return false;
  }
  // Seen from `top`, or from everywhere.
  using Top = std::optional<size_t>;
  bool hidden_by_sibling(size_t i, Top top) const { return i != top && under_sibling(i); }
  bool reachable(size_t i, Top top) const {
    return live(i) && !hidden_by_sibling(i, top) && (i == top || !parent(i) || reachable(*parent(i), top));
  }
  bool covered(size_t i, Top top = {}) const { return !reachable(i, top) || stacked(i); }

  std::string reason(size_t i, Top top) const {
    return !live(i)                                                     ? "duplicate"
           : hidden_by_sibling(i, top)                                  ? "under sibling"
           : stacked(i)                                                 ? "stacked"
           : !reachable(i, top)                                         ? "inherited"
           : first_of_cycle(i) || (missing_parent(i) && path(i) != "/") ? "orphan"
                                                                        : "visible";
  }
  void add(size_t i, size_t depth, std::vector<ReferenceNode> &out, Top top = {}) const {
    out.push_back({i, depth, reason(i, top), covered(i, top)});
    for (size_t j = 0; j < mounts_.size(); j++) {
      if (parent(j) == i) {
        add(j, depth + 1, out, top);
      }
    }
  }

  std::vector<Mount> mounts_;
  std::vector<std::optional<size_t>> named_parents_;
  std::vector<std::optional<size_t>> parents_;
};

}  // namespace mountplan::test
