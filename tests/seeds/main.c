/* The program, apart from what it runs: a planted bug is linked in with it. */
#include "tests/seeds/seeds.h"

int main(int argc, char **argv)
{
    return seeds_main(argc, argv);
}
