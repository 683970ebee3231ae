ideal = 20.989917
chart_title = 'squares: ten sums, width = CPUs'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 21.308663
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
rule = '“CPU-bound: processes”: confirmed'
best = 21.308663
within = 22.3740961
