// SPDX-License-Identifier: MIT
// Writes the tables of generate.hpp to files DIRECTORY/SHAPE-COUNT, for the programs of peers/ to read.
#include "generate.hpp"

#include <cstdio>
#include <fstream>

int main(int argc, char **argv) {
  using namespace mountplan::bench;
  if (argc != 2) {
    fputs("usage: bench_generate DIRECTORY\n", stderr);
    return 2;
  }
  for (const Shape shape : all_shapes) {
    for (const size_t count : {100, 1000, 10000, 100000}) {
      std::ofstream file(std::string(argv[1]) + "/" + shape_name(shape) + "-" + std::to_string(count));
      file << generate(shape, count, 1);
      if (!file.flush()) {
        perror(argv[1]);
        return 1;
      }
    }
  }
  return 0;
}
