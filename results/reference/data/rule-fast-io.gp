chart_title = 'rule 2: 8 fresh plain requests of 0 ms, width 8'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 0.5408175
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
rule = '“fast I/O, few tasks: threads”: refuted'
best = 0.5408175
within = 0.567858375
