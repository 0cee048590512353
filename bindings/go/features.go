// SPDX-License-Identifier: MIT
// What this kernel, and the privileges of the calling thread, allow.

package mountplan

/*
#include <mountplan/mountplan.h>
*/
import "C"

import (
	"syscall"
	"unsafe"
)

// Feature is one thing that was tried.
type Feature struct {
	Name   string        // "open_tree"
	Needed string        // what it is for, a short phrase
	Errno  syscall.Errno // 0 where it works; ENOSYS for what the kernel does not have, EPERM for what it denies
}

// Features is what this kernel, and the privileges of the calling thread, allow.
type Features struct {
	Backend Backend // that BackendAuto picks here
	All     []Feature
}

// ReadFeatures tries each call the library can use, in ways that change nothing.
func ReadFeatures() (*Features, error) {
	var raw *C.mplan_features
	if _, err := call(func(err **C.mplan_error) C.int { return C.mplan_features_read(0, &raw, err) }); err != nil {
		return nil, err
	}
	defer C.mplan_features_free(raw)
	features := &Features{Backend(C.mplan_features_backend(raw)), make([]Feature, C.mplan_features_count(raw))}
	for i := range features.All {
		var feature C.struct_mplan_feature
		C.mplan_features_get(raw, C.size_t(i), &feature, C.size_t(unsafe.Sizeof(feature)))
		features.All[i] = Feature{C.GoString(feature.name), C.GoString(feature.needed), syscall.Errno(feature.error)}
	}
	return features, nil
}
