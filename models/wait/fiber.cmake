# Boost's context switch, which has no pkg-config file. What is called of it are two functions in
# assembly: the static library has them alone, the shared one would load C++'s along.
option(CROSSOVER_FIBER "Build the models on fibers" ON)
find_library(BOOST_CONTEXT NAMES libboost_context.a boost_context)
waiter_library(fiber CROSSOVER_FIBER libboost_context "${BOOST_CONTEXT}")
