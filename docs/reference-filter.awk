# SPDX-License-Identifier: MIT
# What Doxygen reads instead of a public header: the plain C comments become documentation, line by line. The one at the top is of the file.
FNR == 1 { print "/** @file"; next }
FNR == 2 { sub(/^\/\*/, " *") }
/^ *\/\*/ { sub(/\/\*/, "/**") }
/[^ ] +\/\*/ { sub(/\/\*/, "/**<") }
{ print }
