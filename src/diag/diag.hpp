// SPDX-License-Identifier: MIT
// Error text: from the record to what a person reads. Runs in the parent only, may be slow, allocates nothing itself.
#pragma once

#include "base/failure.hpp"
#include "base/writer.hpp"

namespace mountplan::diag {

// `op 7 bind /srv/data -> /data: mount_setattr: Operation not permitted (detail)`
void write_message(const base::Failure &failure, base::Writer &out);

// Advice for the reader, or NULL; static text or text written to `buffer`.
const char *hint(const base::Failure &failure, char *buffer, size_t size);

// Description of an errno value in English, static.
const char *errno_text(int error);

}  // namespace mountplan::diag
