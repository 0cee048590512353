// SPDX-License-Identifier: MIT
// A program that opens and closes the library 1 000 times, using it each time, is left with what it had: no descriptor, no mapping, no
// memory more. Usage: abi_dlopen LIBRARY
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <mountplan/mountplan.h>
#include <stdio.h>

#include "capi/check.h"

struct holdings {
  size_t descriptors, mappings, heap_bytes;
};

static size_t entries_of(const char *directory) {
  size_t count = 0;
  DIR *dir = opendir(directory);
  while (readdir(dir) != NULL) {
    count++;
  }
  closedir(dir);
  return count;
}

static size_t lines_of(const char *path) {
  size_t count = 0;
  FILE *file = fopen(path, "r");
  int c;
  while ((c = getc(file)) != EOF) {
    count += c == '\n';
  }
  fclose(file);
  return count;
}

static struct holdings held(void) {
  struct holdings now = {entries_of("/proc/self/fd"), lines_of("/proc/self/maps"), mallinfo2().uordblks};
  return now;
}

#define LOAD(name) __typeof__(mplan_##name) *name = (__typeof__(mplan_##name) *)dlsym(library, "mplan_" #name)

// A little of everything that allocates: a table with its tree, a plan explained, an error.
static void use(void *library) {
  LOAD(table_read_self);
  LOAD(table_unref);
  LOAD(tree_unfold);
  LOAD(tree_free);
  LOAD(plan_new);
  LOAD(plan_bind);
  LOAD(plan_free);
  LOAD(explain);
  LOAD(trace_free);
  LOAD(error_free);
  LOAD(version);
  mplan_table *table = NULL;
  mplan_tree *tree = NULL;
  mplan_plan *plan = NULL;
  mplan_trace *trace = NULL;
  mplan_error *error = NULL;
  CHECK_TEXT(version(), MPLAN_VERSION_STRING);
  CHECK(table_read_self(0, &table, NULL) == 0);
  CHECK(tree_unfold(table, NULL, 0, &tree, NULL) == 0);
  CHECK(plan_new(&plan, NULL) == 0);
  CHECK(plan_bind(plan, "/", "/host", 0, NULL) == 0);
  CHECK(plan_bind(plan, "/", "relative", 0, &error) < 0);
  CHECK(explain(plan, NULL, 0, &trace, NULL) == 0);
  tree_free(tree);
  table_unref(table);
  trace_free(trace);
  plan_free(plan);
  error_free(error);
}

static void open_use_close(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  CHECK(library != NULL);
  if (library != NULL) {
    use(library);
    CHECK(dlclose(library) == 0);
  }
}

int main(int argc, char **argv) {
  struct holdings before, after;
  int i;
  if (argc != 2) {
    return 2;
  }
  // The first times the dynamic linker and stdio make what they keep.
  for (i = 0; i < 10; i++) {
    open_use_close(argv[1]);
    held();
  }
  before = held();
  for (i = 0; i < 1000; i++) {
    open_use_close(argv[1]);
  }
  after = held();
  CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL);
  CHECK(after.descriptors == before.descriptors);
  CHECK(after.mappings == before.mappings);
  CHECK(after.heap_bytes == before.heap_bytes);
  printf("%zu descriptors, %zu mappings, %zu bytes of heap\n", after.descriptors, after.mappings, after.heap_bytes);
  return check_result();
}
