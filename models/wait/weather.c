/* Weather out of a seed. */
#include "models/wait/weather.h"

#include <errno.h>

#include "core/clock.h"
#include "core/random.h"
#include "core/run.h"

static struct rough_weather *rough_of(struct weather *weather)
{
    return (struct rough_weather *)weather;
}

/* Below `count`. */
static uint64_t draw(struct rough_weather *rough, uint64_t count)
{
    return random_at(rough->seed, rough->drawn++) % count;
}

static bool happens(struct rough_weather *rough, uint32_t one_in)
{
    return one_in != 0 && draw(rough, one_in) == 0;
}

/* From 1 to `most`, every order of magnitude as often as any other. */
static uint64_t draw_size(struct rough_weather *rough, uint64_t most)
{
    uint64_t bound = most >> draw(rough, 64 - (uint64_t)__builtin_clzll(most));
    return 1 + draw(rough, bound);
}

/* What a model can have to tell of an operation, the first 0 ends them. */
static int draw_failure(struct rough_weather *rough, const struct op *op)
{
    static const int errors[OP_KIND_COUNT][8] = {
        [OP_RESOLVE] = {-ENOENT, -EIO, -ENOMEM},
        [OP_CONNECT] = {-ECONNREFUSED, -ENETUNREACH, -EHOSTUNREACH, -EMFILE, -EADDRNOTAVAIL},
        [OP_SEND] = {-EPIPE, -ECONNRESET, -ENOBUFS},
        [OP_RECV] = {-ECONNRESET, -ECONNABORTED, -EHOSTUNREACH, -ENOMEM},
    };
    const int *list = errors[op->kind];
    uint32_t count = 0;
    while (list[count] != 0)
        count++;
    if (count == 0)
        return OMEN_GOOD;
    /* Beside them: too late, where there is a deadline; and the stream's end. */
    uint64_t at = draw(rough, count + 2U);
    if (at < count)
        return list[at];
    if (at == count && op->deadline_ns != 0)
        return -ETIMEDOUT;
    return op->kind == OP_RECV ? 0 : list[0];
}

static void ask(struct weather *weather, const struct task *task, struct omen *omen)
{
    struct rough_weather *rough = rough_of(weather);
    const struct op *op = &task->op;
    bool child = task->index != TASK_ROOT;
    omen->stop = ++rough->asked == rough->stop_at;
    omen->cancel = child && happens(rough, rough->cancellations);
    omen->cancel_behind = child && happens(rough, rough->cancellations);
    uint32_t spawned = atomic_load(&task->run->arena->spawned);
    if (spawned > 0 && happens(rough, rough->cancellations_of_others))
        omen->cancel_other = 1 + (uint32_t)draw(rough, spawned);
    if (happens(rough, rough->failures))
        omen->fail_with = draw_failure(rough, op);
    if (happens(rough, rough->delays))
        omen->delay_ns = draw_size(rough, rough->delay_ns);
    if (op->kind == OP_RECV && happens(rough, rough->cuts))
        omen->recv_most = draw_size(rough, 4096);
}

static uint32_t pick(struct weather *weather, uint32_t count)
{
    struct rough_weather *rough = rough_of(weather);
    return rough->shuffles ? (uint32_t)draw(rough, count) : 0;
}

/* Half of the time none, else one in some power of two up to 2^`bits`. */
static uint32_t draw_odds(struct rough_weather *rough, uint32_t bits)
{
    return draw(rough, 2) == 0 ? 0 : UINT32_C(1) << draw(rough, bits + UINT64_C(1));
}

void rough_weather_begin(struct rough_weather *rough, uint64_t seed)
{
    *rough = (struct rough_weather){.weather = {.ask = ask, .pick = pick}, .seed = seed};
    rough->delays = draw_odds(rough, 6);
    rough->delay_ns = NS_PER_US << draw(rough, 20); /* to half a second */
    rough->cuts = draw_odds(rough, 4);
    rough->failures = draw_odds(rough, 8);
    rough->failures = rough->failures != 0 ? rough->failures + 3 : 0; /* not each one */
    rough->cancellations = draw_odds(rough, 8);
    rough->cancellations = rough->cancellations != 0 ? rough->cancellations + 3 : 0;
    rough->cancellations_of_others = draw_odds(rough, 8);
    rough->stop_at = draw(rough, 4) == 0 ? draw_size(rough, 1000) : 0;
    rough->shuffles = draw(rough, 2) == 0;
}
