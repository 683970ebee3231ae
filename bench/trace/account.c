/*
 * The books. A child's time from one of its events to the next goes to what it did then, as the
 * trace tells it; what the thread's counters know better is moved from there to where it belongs,
 * so that the parts add up to the whole whatever is moved.
 */
#include "bench/trace/account.h"

#include <stdlib.h>

#include "bench/trace/ready.h"

struct books {
    const struct run *run;
    struct account *account;
    struct ready ready;
    const struct trace_event **first; /* by lane */
    const struct trace_event **last;  /* by lane, so far */
    const struct trace_event **began; /* by task: its last computation */
    bool *is_loop;                    /* by lane: it asks the kernel for many */
    uint32_t live;
    uint64_t had_room_ns; /* since when there has been room for another child; 0: always */
};

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

static bool is_child(const struct trace_event *event)
{
    return event->task != TASK_ROOT;
}

/* Where waiting for an operation goes. */
static double *wait_of(struct account *account, const struct trace_event *asked)
{
    switch ((enum op_kind)asked->op) {
    case OP_SLEEP: return &account->asleep;
    case OP_RESOLVE:
    case OP_CONNECT:
    case OP_SEND:
    case OP_RECV:
    case OP_CLOSE: return &account->peer;
    case OP_PUT:
    case OP_TAKE: return &account->tasks;
    default: return &account->turn;
    }
}

/* A stretch of one thread that one child had for itself: its CPU time and its waits for a CPU are
 * known. Returns what is left. */
static double charge(struct account *account, const struct trace_event *from,
                     const struct trace_event *to)
{
    double wall = seconds(from->at_ns, to->at_ns);
    double cpu = seconds(from->cpu_ns, to->cpu_ns), delay = seconds(from->delay_ns, to->delay_ns);
    if (from->what == TRACE_HEARD) { /* the counters are those of before the wait */
        cpu = cpu < wall ? cpu : wall;
        delay = wall - cpu;
    }
    bool inside = from->what == TRACE_STEP || from->what == TRACE_COMPUTE;
    *(inside ? &account->steps : &account->model) += cpu;
    account->turn += delay;
    return wall - cpu - delay;
}

/* ---- From asking to the step. ---- */

/* What its loop did for it just before the step, which so far counts as waiting, or as ready. */
static void charge_loop(struct books *books, const struct trace_event *asked, uint64_t since_ns,
                        const struct trace_event *step)
{
    struct account *account = books->account;
    const struct trace_event *last = books->last[step->lane];
    if (last->at_ns < (asked->op == OP_COMPUTE ? since_ns : asked->at_ns))
        return; /* it did nothing for it alone */
    *wait_of(account, asked) -= seconds(last->at_ns, since_ns);
    account->turn -= seconds(since_ns > last->at_ns ? since_ns : last->at_ns, step->at_ns);
    bool holds = last == asked && asked->flags & OP_HOLD; /* it was the loop that slept */
    *(holds ? &account->asleep : &account->residual) += charge(account, last, step);
}

static void close_computation(struct books *books, const struct trace_event *asked,
                              const struct trace_event *step)
{
    const struct trace_event *began = books->began[step->task];
    const struct trace_event *computed = &books->ready.computed[step->task];
    struct account *account = books->account;
    if (began == NULL || began->at_ns < asked->at_ns) { /* cancelled before it began */
        account->turn += seconds(asked->at_ns, step->at_ns);
        return;
    }
    if (began->lane == asked->lane)
        account->residual += charge(account, asked, began);
    else
        account->turn += seconds(asked->at_ns, began->at_ns);
    account->residual += charge(account, began, computed);
    account->turn += seconds(computed->at_ns, step->at_ns);
    charge_loop(books, asked, computed->at_ns, step);
}

static void close_operation(struct books *books, const struct trace_event *asked,
                            const struct trace_event *step)
{
    struct account *account = books->account;
    if (asked->op == OP_COMPUTE) {
        close_computation(books, asked, step);
    } else if (!books->is_loop[step->lane]) {
        *wait_of(account, asked) += charge(account, asked, step);
    } else {
        uint64_t since_ns = ready_since(&books->ready, step);
        *wait_of(account, asked) += seconds(asked->at_ns, since_ns);
        account->turn += seconds(since_ns, step->at_ns);
        charge_loop(books, asked, since_ns, step);
    }
}

/* ---- Beginning and ending. ---- */

/* A worker that was made for it is being set up until its first event; one that was there before is
 * waited for. */
static void begin_child(struct books *books, const struct trace_event *step)
{
    struct account *account = books->account;
    const struct trace_event *first = books->first[step->lane], *last = books->last[step->lane];
    uint64_t eligible_ns = books->run->children[step->task].intended_ns;
    uint64_t from_ns = eligible_ns > books->had_room_ns ? eligible_ns : books->had_room_ns;
    uint64_t there_ns = first->at_ns > from_ns ? first->at_ns : from_ns;
    double setting_up = seconds(from_ns, there_ns);
    double delayed = first == step ? seconds(0, step->delay_ns) : 0; /* since it is there at all */
    delayed = delayed < setting_up ? delayed : setting_up;
    account->startup += setting_up - delayed;
    account->turn += delayed + seconds(eligible_ns, from_ns) + seconds(there_ns, step->at_ns);
    if (books->is_loop[step->lane] && last != NULL && last->at_ns >= there_ns) {
        account->turn -= seconds(last->at_ns, step->at_ns);
        account->residual += charge(account, last, step);
    }
    books->live++;
}

static void end_child(struct books *books, const struct trace_event *done)
{
    const struct child *child = &books->run->children[done->task];
    books->account->life += seconds(child->intended_ns, done->at_ns);
    books->account->children++;
    if (books->live-- == books->run->width)
        books->had_room_ns = done->at_ns;
}

static void on_child(struct books *books, const struct trace_event *event)
{
    struct account *account = books->account;
    const struct trace_event *last = books->last[event->lane];
    if (event->what == TRACE_STEP) {
        const struct trace_event *asked = books->ready.asked[event->task];
        if (asked != NULL)
            close_operation(books, asked, event);
        else
            begin_child(books, event);
    } else if (event->what == TRACE_ASK) {
        account->residual += charge(account, last, event);
        if (event->op == OP_DONE)
            end_child(books, event);
    } else if (event->what == TRACE_COMPUTE) {
        books->began[event->task] = event;
    }
}

/* What a loop did behind a step before it asked the kernel: for the one that was stepped. */
static void on_poll(struct books *books, const struct trace_event *poll)
{
    const struct trace_event *last = books->last[poll->lane];
    if (last == NULL || last->what != TRACE_ASK || !is_child(last) || last->op == OP_DONE)
        return;
    *wait_of(books->account, last) -= seconds(last->at_ns, poll->at_ns);
    books->account->residual += charge(books->account, last, poll);
}

static void enter(struct books *books, const struct trace_event *events, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        books->first[events[i].lane] = &events[i];
        books->is_loop[events[i].lane] |= events[i].what == TRACE_POLL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *event = &events[i];
        if (event->what == TRACE_POLL)
            on_poll(books, event);
        else if (event->what != TRACE_HEARD && is_child(event))
            on_child(books, event);
        ready_note(&books->ready, event);
        books->last[event->lane] = event;
    }
}

bool account_make(const struct run *run, const struct trace_event *events, size_t count,
                  struct account *account)
{
    *account = (struct account){.knows_delays = trace_knows_delays(run)};
    struct books books = {.run = run, .account = account};
    size_t lanes = trace_lanes(events, count) + (size_t)1;
    books.first = calloc(lanes, sizeof *books.first);
    books.last = calloc(lanes, sizeof *books.last);
    books.is_loop = calloc(lanes, sizeof *books.is_loop);
    books.began = calloc(run->tasks + (size_t)1, sizeof *books.began);
    bool good = books.first != NULL && books.last != NULL && books.is_loop != NULL &&
                books.began != NULL && ready_open(&books.ready, run, events, count);
    if (good) {
        enter(&books, events, count);
        account->unfinished = books.live;
        ready_close(&books.ready);
    }
    free(books.first);
    free(books.last);
    free(books.is_loop);
    free(books.began);
    return good;
}
