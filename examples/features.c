/* SPDX-License-Identifier: MIT */
/* Prints the backend that is used here, and what this kernel or these
 * privileges do not allow. */
#include <mountplan/mountplan.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  mplan_features *features = NULL;
  mplan_error *error = NULL;
  if (mplan_features_read(0, &features, &error) < 0) {
    fprintf(stderr, "features: %s\n", mplan_error_message(error));
    mplan_error_free(error);
    return 1;
  }
  printf("backend %s\n",
         mplan_backend_name((uint32_t)mplan_features_backend(features)));
  for (size_t i = 0; i < mplan_features_count(features); i++) {
    struct mplan_feature feature;
    if (mplan_features_get(features, i, &feature, sizeof feature) == 0 &&
        feature.error != 0) {
      printf("%s: %s (for: %s)\n", feature.name, strerror(feature.error),
             feature.needed);
    }
  }
  mplan_features_free(features);
  return 0;
}
