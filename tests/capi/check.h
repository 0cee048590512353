/* SPDX-License-Identifier: MIT */
/* CHECK for test programs in C99: tells file and line of what does not hold and goes on; the program ends with `return check_result();`. */
#ifndef MOUNTPLAN_TESTS_CHECK_H
#define MOUNTPLAN_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int checks_made;
static int checks_failed;

#define CHECK(condition) check_one((condition) != 0, #condition, __FILE__, __LINE__)
/* NULL equals only NULL. */
#define CHECK_TEXT(given, expected) check_text((given), (expected), #given, __FILE__, __LINE__)

static void check_one(int holds, const char *condition, const char *file, int line) {
  checks_made++;
  if (!holds) {
    checks_failed++;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  }
}

static void check_text(const char *given, const char *expected, const char *expression, const char *file, int line) {
  int same = given == NULL || expected == NULL ? given == expected : strcmp(given, expected) == 0;
  check_one(same, expression, file, line);
  if (!same) {
    fprintf(stderr, "  is \"%s\"\n  not \"%s\"\n", given == NULL ? "(NULL)" : given, expected == NULL ? "(NULL)" : expected);
  }
}

/* 0 when there were checks and all of them held. */
static int check_result(void) {
  printf("%d checks, %d failed\n", checks_made, checks_failed);
  return checks_made == 0 || checks_failed != 0;
}

#endif
