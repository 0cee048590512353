// SPDX-License-Identifier: MIT
// Mount tables of a given shape and size, the same from the same seed: lines as long and as varied as on real machines.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mountplan::bench {

// flat: all under the root, at different paths. chain: each on the one before. tree: up to eight children each, paths that grow.
// stacked: all at one path. host: what containers and pods leave on their host. desktop: what packages, sessions and discs leave.
enum class Shape { flat, chain, tree, stacked, host, desktop };
inline constexpr std::array all_shapes = {Shape::flat, Shape::chain, Shape::tree, Shape::stacked, Shape::host, Shape::desktop};

inline const char *shape_name(Shape shape) {
  constexpr const char *names[] = {"flat", "chain", "tree", "stacked", "host", "desktop"};
  return names[static_cast<int>(shape)];
}

// Ids are dense and ascending, as the kernel lists them.
class Generator {
 public:
  Generator(Shape shape, uint64_t seed) : shape_(shape), random_(seed) {}

  std::string table(size_t count) {
    std::string text = "20 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,errors=remount-ro\n";
    paths_.assign(1, "");
    for (size_t i = 1; i < count; i++) {
      const Mount mount = next(i);
      text += std::to_string(20 + i) + " " + std::to_string(20 + mount.parent) + " 0:" + std::to_string(30 + random_() % 500) + " " +
              mount.root + " " + mount.path + " " + mount.end + "\n";
    }
    return text;
  }

 private:
  struct Mount {
    size_t parent;
    std::string root, path, end;
  };

  Mount next(size_t i) {
    switch (shape_) {
      case Shape::flat:
        return {0, "/", "/run/sandbox/" + name(), any_end()};
      case Shape::chain:
        return {i - 1, "/", "/run/chain/" + name(), any_end()};
      case Shape::tree:
        paths_.push_back(paths_[(i - 1) / 8] + "/" + name());
        return {(i - 1) / 8, "/", paths_.back(), any_end()};
      case Shape::stacked:
        return {i - 1, "/", "/run/stack", any_end()};
      case Shape::host:
        return on_a_host();
      case Shape::desktop:
        return on_a_desktop();
    }
    return {};
  }

  Mount on_a_host() {
    switch (random_() % 5) {
      case 0: {
        const std::string layers = "/var/lib/containerd/overlay/snapshots/";
        return {0, "/", "/run/containerd/tasks/k8s.io/" + hexadecimal(64) + "/rootfs",
                "rw,relatime shared:" + number(5000) + " - overlay overlay rw,lowerdir=" + layers + number(9000) + "/fs:" + layers +
                    number(9000) + "/fs:" + layers + number(9000) + "/fs,upperdir=" + layers + number(9000) + "/fs,workdir=" + layers +
                    number(9000) + "/work"};
      }
      case 1:
        return {0, "/", "/run/containerd/sandboxes/" + hexadecimal(64) + "/shm",
                "rw,nosuid,nodev,noexec,relatime shared:" + number(5000) + " - tmpfs shm rw,size=65536k,inode64"};
      case 2:
        return {0, "net:[40265" + number(90000) + "]", "/run/netns/cni-" + hexadecimal(8) + "-" + hexadecimal(12),
                "rw shared:" + number(5000) + " - nsfs nsfs rw"};
      default:
        return {0, "/",
                "/var/lib/kubelet/pods/" + hexadecimal(8) + "-" + hexadecimal(4) + "-" + hexadecimal(12) +
                    "/volumes/kubernetes.io~projected/kube-api-access-" + hexadecimal(5),
                "rw,relatime shared:" + number(5000) + " - tmpfs tmpfs rw,size=" + number(9000000) + "k,inode64"};
    }
  }

  Mount on_a_desktop() {
    switch (random_() % 4) {
      case 0:
        return {0, "/", "/snap/" + name() + "/" + number(4000),
                "ro,nodev,relatime shared:" + number(500) + " - squashfs /dev/loop" + number(300) + " ro,errors=continue,threads=single"};
      case 1:
        return {0, "/@" + name(), "/home/" + name() + "/" + name(),
                "rw,noatime shared:" + number(500) + " - btrfs /dev/nvme0n1p2 rw,compress=zstd:1,ssd,space_cache=v2,subvol=/@" + name()};
      case 2:
        return {0, "/", "/media/user/My\\040Disc\\040" + number(900),
                "rw,nosuid,nodev,relatime shared:" + number(500) + " - vfat /dev/sd" + name() +
                    " rw,uid=1000,gid=1000,fmask=0022,codepage=437,iocharset=ascii,flush"};
      default:
        return {0, "/", "/run/user/" + number(2000) + "/doc",
                "rw,nosuid,nodev,relatime - fuse.portal portal rw,user_id=1000,group_id=1000"};
    }
  }

  std::string any_end() {
    switch (random_() % 4) {
      case 0:
        return "rw,nosuid,nodev,relatime shared:" + number(5000) + " - tmpfs tmpfs rw,size=65536k,mode=755,inode64";
      case 1:
        return "rw,relatime - overlay overlay rw,lowerdir=/var/lib/l/A:/var/lib/l/B,upperdir=/var/lib/u/C,workdir=/var/lib/w/C";
      case 2:
        return "ro,nosuid,nodev,noexec,relatime master:" + number(5000) + " - ext4 /dev/mapper/vg-root rw,errors=remount-ro";
      default:
        return "rw,nosuid,noexec,relatime - proc proc rw";
    }
  }

  std::string hexadecimal(int digits) {
    std::string out;
    for (int i = 0; i < digits; i++) {
      out += "0123456789abcdef"[random_() % 16];
    }
    return out;
  }
  std::string name() { return "m-" + hexadecimal(8); }
  std::string number(uint64_t below) { return std::to_string(random_() % below); }

  const Shape shape_;
  std::mt19937_64 random_;
  std::vector<std::string> paths_;  // of a tree
};

inline std::string generate(Shape shape, size_t count, uint64_t seed) { return Generator(shape, seed).table(count); }

}  // namespace mountplan::bench
