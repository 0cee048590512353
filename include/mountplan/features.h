/* SPDX-License-Identifier: MIT */
/* What this kernel, and the privileges of the calling thread, allow. */
#ifndef MOUNTPLAN_FEATURES_H
#define MOUNTPLAN_FEATURES_H

#include <mountplan/apply.h>

MPLAN_BEGIN_DECLS

/* What was found by trying: mplan_features_read(). */
typedef struct mplan_features mplan_features;

/* One thing that was tried. Strings are static or borrowed from the features object. */
struct mplan_feature {
  const char *name;   /* "open_tree", "mount_on_detached" */
  const char *needed; /* what it is for, a short phrase */
  int32_t error;      /* 0 works; else a positive errno: ENOSYS not in this kernel, EPERM denied */
  uint32_t reserved;  /* 0 */
};

/*
 * Tries each call the library can use, in ways that change nothing (bad descriptors, objects attached nowhere), and tells ENOSYS from
 * EPERM. flags: 0. out: one owner, mplan_features_free(). Returns 0, -EINVAL, -ENOMEM. Threads: any. Not signal-safe. Since 0.1.0.
 */
MPLAN_API int mplan_features_read(uint64_t flags, mplan_features **out, mplan_error **err);

/* Number of entries; 0 for NULL. Since 0.1.0. */
MPLAN_API size_t mplan_features_count(const mplan_features *features);

/* Fills `out` with entry `i`; `size` as in mplan_table_get(). Returns 0, -EINVAL or -ERANGE. Since 0.1.0. */
MPLAN_API int mplan_features_get(const mplan_features *features, size_t i, struct mplan_feature *out, size_t size);

/* The backend that MPLAN_BACKEND_AUTO picks here; 0 for NULL. Since 0.1.0. */
MPLAN_API int mplan_features_backend(const mplan_features *features);

/* Ends the life of the object. NULL does nothing. Since 0.1.0. */
MPLAN_API void mplan_features_free(mplan_features *features);

/* Name of a backend ("detached", "fd", "classic", "auto"), static; NULL for an unknown one. Threads and signals: any. Since 0.1.0. */
MPLAN_API const char *mplan_backend_name(uint32_t backend);

MPLAN_END_DECLS

#endif
