# SPDX-License-Identifier: MIT
# Puts into a manual page what is written elsewhere: `@version@`, the prototypes of a public header in the place of a line
# `@synopsis plan.h@`, and the text of a program in the place of `@example first.c@`.
# Usage: awk -v root=SOURCE_DIRECTORY -v version=VERSION -f expand.awk PAGE

# Lines of at most 72 columns, broken after a comma.
function print_wrapped(text,    at) {
  while (length(text) > 72) {
    for (at = 72; at > 1 && substr(text, at, 2) != ", "; at--) {}
    print substr(text, 1, at)
    text = "      " substr(text, at + 2)
  }
  print text
}

function synopsis(header,    path, line, text) {
  path = root "/include/mountplan/" header
  print "```\n#include <mountplan/" header ">\n"
  while ((getline line < path) > 0) {
    text = line ~ /^MPLAN_API/ ? substr(line, 11) : text != "" ? text " " line : ""
    if (text ~ /;$/) {
      gsub(/ +/, " ", text)
      print_wrapped(text)
      text = ""
    }
  }
  print "```"
}

function example(file,    path, line) {
  path = root "/examples/" file
  print "```"
  getline line < path # the licence
  while ((getline line < path) > 0) {
    gsub(/\\/, "\\\\\\\\", line) # a backslash is scdoc's own, also here
    print line
  }
  print "```"
}

/^@synopsis .*@$/ { sub(/@$/, ""); synopsis($2); next }
/^@example .*@$/ { sub(/@$/, ""); example($2); next }
{ gsub(/@version@/, version); print }
