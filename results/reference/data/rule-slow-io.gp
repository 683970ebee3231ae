ideal = 50
chart_title = 'rule 1: 1,000 fresh plain requests of 50 ms, width 1,000'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 99.557255
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
set label 'over 10 s: stopped with 194 of 1000 done' at graph 0.98, first 9 right tc rgb 6710886
rule = '“slow I/O, many tasks: event loop”: confirmed'
best = 99.557255
within = 104.535118
