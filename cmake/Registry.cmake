# The registries: a model or a workload is one file, found by its stem. models/uv_pool.c defines
# `const struct model model_uv_pool` and is `uv-pool` on the command line. Nothing else lists them.

# Why a model cannot be built here, or nothing: a model is named after the library that it needs.
function(model_missing STEM OUT)
  set(${OUT} "" PARENT_SCOPE)
  if(STEM MATCHES "^uv" AND UV_MISSING)
    set(${OUT} "${UV_MISSING}" PARENT_SCOPE)
  endif()
endfunction()

function(registry_models FILES_OUT REGISTRY)
  file(GLOB FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/models/*.c)
  set(DECLARATIONS "")
  set(ENTRIES "")
  set(BUILT "")
  foreach(FILE IN LISTS FILES)
    get_filename_component(STEM ${FILE} NAME_WE)
    string(REPLACE "_" "-" NAME ${STEM})
    model_missing(${STEM} MISSING)
    if(MISSING)
      string(APPEND ENTRIES "    {\"${NAME}\", NULL, \"${MISSING}\"},\n")
    else()
      list(APPEND BUILT ${FILE})
      string(APPEND DECLARATIONS "extern const struct model model_${STEM};\n")
      string(APPEND ENTRIES "    {\"${NAME}\", &model_${STEM}, NULL},\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${REGISTRY} @ONLY CONTENT
"/* Written by the build from the folder models/. */
#include \"core/registry.h\"

@DECLARATIONS@
const struct model_entry model_registry[] = {
@ENTRIES@    {NULL, NULL, NULL},
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

# The main program of one workload.
function(registry_program NAME FILE)
  string(REPLACE "-" "_" STEM ${NAME})
  file(CONFIGURE OUTPUT ${FILE} @ONLY CONTENT
"/* Written by the build: the program of workload @NAME@. */
#include \"bench/program/program.h\"

extern const struct workload workload_@STEM@;

int main(int argc, char **argv)
{
    return program_main(\"@NAME@\", &workload_@STEM@, argc, argv);
}
")
endfunction()
