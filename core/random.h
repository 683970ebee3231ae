/* Numbers that look random and depend on nothing but a seed and a place: the same under every
 * model, whoever asks first. The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable
 * pseudorandom number generators, OOPSLA 2014). */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stdint.h>

static inline uint64_t random_at(uint64_t seed, uint64_t place)
{
    uint64_t z = seed + (place + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
