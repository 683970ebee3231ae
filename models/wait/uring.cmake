# liburing; 2.3 is what Debian 12 has.
option(CROSSOVER_URING "Build the models on io_uring" ON)
pkg_check_modules(URING IMPORTED_TARGET liburing>=2.3)
waiter_library(uring CROSSOVER_URING liburing PkgConfig::URING)
