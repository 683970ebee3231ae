chart_title = 'squares: ten sums, width = CPUs'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 21.4221125
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
rule = '“CPU-bound: processes”: confirmed'
best = 21.4221125
within = 22.4932181
