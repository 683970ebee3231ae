# The registries: a model or a workload is one file, found by its stem. models/uv_pool.c defines
# `const struct model model_uv_pool` and is `uv-pool` on the command line. Nothing else lists them.

# A waiter that needs a library says so in a file of its own, models/wait/NAME.cmake, which searches it
# and calls this; LINK is what to link with, where it was found. The sources that need it are
# models/wait/NAME.c and NAME_*.c. Sets WAITER_NAME_MISSING: why they are left out, or nothing.
function(waiter_library NAME OPTION LIBRARY LINK)
  set(MISSING "")
  if(NOT ${OPTION})
    set(MISSING "built without ${LIBRARY}: ${OPTION} is off")
  elseif(NOT TARGET "${LINK}" AND NOT EXISTS "${LINK}")
    set(MISSING "built without ${LIBRARY}: it was not found")
  endif()
  if(MISSING)
    message(STATUS "waiter ${NAME}: ${MISSING}")
  endif()
  set(WAITER_${NAME}_MISSING "${MISSING}" PARENT_SCOPE)
  set(WAITER_${NAME}_LINK "${LINK}" PARENT_SCOPE)
  set(WAITERS ${WAITERS} ${NAME} PARENT_SCOPE)
endfunction()

# The sources of all waiters that can be built, and what they are linked with.
function(registry_waiters FILES_OUT LINKS_OUT)
  file(GLOB FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/wait/*.c)
  set(LINKS "")
  foreach(NAME IN LISTS WAITERS)
    set(OWN ${FILES})
    list(FILTER OWN INCLUDE REGEX "/${NAME}(_[^/]*)?\\.c$")
    if(WAITER_${NAME}_MISSING)
      list(REMOVE_ITEM FILES ${OWN})
    elseif(OWN)
      list(APPEND LINKS ${WAITER_${NAME}_LINK})
    endif()
  endforeach()
  set(${FILES_OUT} ${FILES} PARENT_SCOPE)
  set(${LINKS_OUT} ${LINKS} PARENT_SCOPE)
endfunction()

# Why a model cannot be built here, or nothing: a waiter whose header it includes is missing.
function(model_missing FILE OUT)
  set(${OUT} "" PARENT_SCOPE)
  file(STRINGS ${FILE} INCLUDES REGEX "^#include \"models/wait/")
  foreach(NAME IN LISTS WAITERS)
    if(WAITER_${NAME}_MISSING AND INCLUDES MATCHES "/${NAME}(_[^/;]*)?\\.h\"")
      set(${OUT} "${WAITER_${NAME}_MISSING}" PARENT_SCOPE)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FILE})
    endif()
  endforeach()
endfunction()

function(registry_models FILES_OUT REGISTRY)
  file(GLOB FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/*.c)
  set(DECLARATIONS "")
  set(ENTRIES "")
  set(BUILT "")
  foreach(FILE IN LISTS FILES)
    get_filename_component(STEM ${FILE} NAME_WE)
    string(REPLACE "_" "-" NAME ${STEM})
    model_missing(${FILE} MISSING)
    if(MISSING)
      file(STRINGS ${FILE} COLOUR REGEX "\\.colour = 0x[0-9a-f]+")
      string(REGEX REPLACE ".*(0x[0-9a-f]+).*" "\\1" COLOUR "${COLOUR}")
      string(APPEND ENTRIES "    {\"${NAME}\", NULL, \"${MISSING}\", ${COLOUR}},\n")
    else()
      list(APPEND BUILT ${FILE})
      string(APPEND DECLARATIONS "extern const struct model model_${STEM};\n")
      string(APPEND ENTRIES "    {\"${NAME}\", &model_${STEM}, NULL, 0},\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${REGISTRY} @ONLY CONTENT
"/* Written by the build from the folder models/. */
#include \"core/registry.h\"

@DECLARATIONS@
const struct model_entry model_registry[] = {
@ENTRIES@    {NULL, NULL, NULL, 0},
};
")
  set(${FILES_OUT} ${BUILT} PARENT_SCOPE)
endfunction()

function(registry_workloads FILES_OUT NAMES_OUT REGISTRY)
  file(GLOB FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/workloads/*.c)
  set(DECLARATIONS "")
  set(ENTRIES "")
  set(NAMES "")
  foreach(FILE IN LISTS FILES)
    get_filename_component(STEM ${FILE} NAME_WE)
    string(REPLACE "_" "-" NAME ${STEM})
    list(APPEND NAMES ${NAME})
    string(APPEND DECLARATIONS "extern const struct workload workload_${STEM};\n")
    string(APPEND ENTRIES "    {\"${NAME}\", &workload_${STEM}},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${REGISTRY} @ONLY CONTENT
"/* Written by the build from the folder workloads/. */
#include \"core/registry.h\"

@DECLARATIONS@
const struct workload_entry workload_registry[] = {
@ENTRIES@    {NULL, NULL},
};
")
  set(${FILES_OUT} ${FILES} PARENT_SCOPE)
  set(${NAMES_OUT} ${NAMES} PARENT_SCOPE)
endfunction()

# The main program of one workload. Who fetches nothing is spared the libraries that a simulated peer
# needs.
function(registry_program NAME FILE)
  string(REPLACE "-" "_" STEM ${NAME})
  set(PEER NULL)
  set(SOURCE ${PROJECT_SOURCE_DIR}/workloads/${STEM}.c)
  file(STRINGS ${SOURCE} FETCHES REGEX "^#include \"workloads/net/")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SOURCE})
  if(FETCHES)
    set(PEER &paper_peer)
  endif()
  file(CONFIGURE OUTPUT ${FILE} @ONLY CONTENT
"/* Written by the build: the program of workload @NAME@. */
#include \"bench/program/program.h\"

extern const struct workload workload_@STEM@;

int main(int argc, char **argv)
{
    return program_main(\"@NAME@\", &workload_@STEM@, @PEER@, argc, argv);
}
")
endfunction()
