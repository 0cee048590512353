// SPDX-License-Identifier: MIT
// Mount tables of a given shape and size, the same from the same seed: lines as long and as varied as on a container host.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mountplan::bench {

enum class Shape { flat, chain, tree, stacked };

inline const char *shape_name(Shape shape) {
  constexpr const char *names[] = {"flat", "chain", "tree", "stacked"};
  return names[static_cast<int>(shape)];
}

// flat: all under the root, at different paths. chain: each on the one before. tree: up to eight children each, paths that grow.
// stacked: all at one path. Ids are dense and ascending, as the kernel lists them.
inline std::string generate(Shape shape, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto name = [&] {
    std::string out = "m-";
    for (int i = 0; i < 8; i++) {
      out += "0123456789abcdef"[random() % 16];
    }
    return out;
  };
  const char *const ends[] = {
      "rw,nosuid,nodev,relatime shared:%P - tmpfs tmpfs rw,size=65536k,mode=755,inode64\n",
      "rw,relatime - overlay overlay rw,lowerdir=/var/lib/l/A:/var/lib/l/B,upperdir=/var/lib/u/C,workdir=/var/lib/w/C\n",
      "ro,nosuid,nodev,noexec,relatime master:%P - ext4 /dev/mapper/vg-root rw,errors=remount-ro\n",
      "rw,nosuid,noexec,relatime - proc proc rw\n",
  };
  std::string text = "20 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,errors=remount-ro\n";
  std::vector<std::string> paths = {""};
  for (size_t i = 1; i < count; i++) {
    size_t parent = 0;
    std::string path;
    switch (shape) {
      case Shape::flat:
        path = "/run/sandbox/" + name();
        break;
      case Shape::chain:
        parent = i - 1;
        path = "/run/chain/" + name();
        break;
      case Shape::tree:
        parent = (i - 1) / 8;
        path = paths[parent] + "/" + name();
        paths.push_back(path);
        break;
      case Shape::stacked:
        parent = i - 1;
        path = "/run/stack";
        break;
    }
    std::string end = ends[random() % 4];
    if (const size_t at = end.find("%P"); at != std::string::npos) {
      end.replace(at, 2, std::to_string(random() % 5000));
    }
    text +=
        std::to_string(20 + i) + " " + std::to_string(20 + parent) + " 0:" + std::to_string(30 + random() % 500) + " / " + path + " " + end;
  }
  return text;
}

}  // namespace mountplan::bench
