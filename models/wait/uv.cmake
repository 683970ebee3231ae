# libuv, which the origin is built on too.
option(CROSSOVER_UV "Build the models on libuv, and the origin" ON)
pkg_check_modules(UV IMPORTED_TARGET libuv>=1.40)
waiter_library(uv CROSSOVER_UV libuv PkgConfig::UV)
