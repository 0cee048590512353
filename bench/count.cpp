// SPDX-License-Identifier: MIT
// One parse and two unfolds of fixed tables, each in a function of its own by which callgrind tells the instructions apart (count.py).
#include "generate.hpp"
#include "table/parse.hpp"
#include "table/scan.hpp"
#include "tree/tree.hpp"

using mountplan::bench::generate;
using mountplan::bench::Shape;
namespace table = mountplan::table;
namespace tree = mountplan::tree;

extern "C" {

// Not the copy of the text: how libc does that depends on the processor. And with what all processors of this kind have.
[[gnu::noinline]] int count_parse(table::Table &table, mountplan::base::Failure &failure) {
  const table::Finder *const *const finders = table::finders();
  return table::parse_in_place_with(finders[1] != nullptr ? *finders[1] : *finders[0], {}, table, failure);
}

[[gnu::noinline]] int count_unfold_host(const table::Table &table, tree::Tree &tree, mountplan::base::Failure &failure) {
  return tree::unfold(table, nullptr, 0, tree, failure);
}

[[gnu::noinline]] int count_unfold_tree(const table::Table &table, tree::Tree &tree, mountplan::base::Failure &failure) {
  return tree::unfold(table, nullptr, 0, tree, failure);
}
}

int main() {
  constexpr size_t count = 10000;
  mountplan::base::Failure failure;
  table::Memory memory;
  table::Table host(memory);
  const std::string text = generate(Shape::host, count, 1);
  if (!host.text.resize(table::padded(text.size()))) {
    return 1;
  }
  text.copy(host.text.data(), text.size());
  host.length = text.size();
  table::Table deep(memory);
  tree::Tree of_host(memory);
  tree::Tree of_deep(memory);
  const bool done = count_parse(host, failure) == 0 && table::parse(generate(Shape::tree, count, 1), {}, deep, failure) == 0 &&
                    count_unfold_host(host, of_host, failure) == 0 && count_unfold_tree(deep, of_deep, failure) == 0;
  return done && of_host.count() == count && of_deep.count() == count ? 0 : 1;
}
