# SPDX-License-Identifier: MIT
# One set of warnings for everything that is built here.
function(mountplan_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wformat=2 -Wundef)
  if(MOUNTPLAN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
