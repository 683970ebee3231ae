/*
 * What goes through the queue, in 64 bits: who put it (8), its number (20, going round), and when
 * it was offered, in units of 64 ns since the run began (36, going round after 73 minutes).
 */
#ifndef WORKLOADS_QUEUE_ITEM_H
#define WORKLOADS_QUEUE_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"

enum { ITEM_PRODUCER_BITS = 8, ITEM_NUMBER_BITS = 20, ITEM_STAMP_BITS = 36, ITEM_STAMP_NS = 64 };

/* Between two items of one producer: less than half of what a stamp tells apart. */
#define ITEM_PAUSE_NS_MAX (1800 * NS_PER_S)

static inline uint64_t item_mask(int bits)
{
    return (UINT64_C(1) << bits) - 1;
}

static inline uint64_t item_stamp_at(uint64_t since_start_ns)
{
    return since_start_ns / ITEM_STAMP_NS & item_mask(ITEM_STAMP_BITS);
}

static inline uint64_t item_make(uint64_t stamp, uint64_t number, uint64_t producer)
{
    return stamp << (ITEM_NUMBER_BITS + ITEM_PRODUCER_BITS) |
           (number & item_mask(ITEM_NUMBER_BITS)) << ITEM_PRODUCER_BITS | producer;
}

static inline uint64_t item_producer(uint64_t item)
{
    return item & item_mask(ITEM_PRODUCER_BITS);
}

static inline uint64_t item_number(uint64_t item)
{
    return item >> ITEM_PRODUCER_BITS & item_mask(ITEM_NUMBER_BITS);
}

static inline uint64_t item_stamp(uint64_t item)
{
    return item >> (ITEM_PRODUCER_BITS + ITEM_NUMBER_BITS);
}

static inline uint64_t item_age_ns(uint64_t item, uint64_t now_stamp)
{
    uint64_t age = (now_stamp - item_stamp(item)) & item_mask(ITEM_STAMP_BITS);
    /* Two loops' clocks are not read at the same moment: what was put "later" has just been put. */
    return age <= item_mask(ITEM_STAMP_BITS - 1) ? age * ITEM_STAMP_NS : 0;
}

/* Of two items of one producer, whether the first was offered after the second: time decides, and
 * among those offered in the same instant, which are far fewer than half of all numbers, the
 * number. */
static inline bool item_follows(uint64_t item, uint64_t before)
{
    uint64_t later = (item_stamp(item) - item_stamp(before)) & item_mask(ITEM_STAMP_BITS);
    uint64_t further = (item_number(item) - item_number(before)) & item_mask(ITEM_NUMBER_BITS);
    if (later == 0)
        return further > 0 && further <= item_mask(ITEM_NUMBER_BITS - 1);
    return later <= item_mask(ITEM_STAMP_BITS - 1);
}

#endif
