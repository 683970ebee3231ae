chart_title = 'squares: ten sums, as many at once as there are CPUs'
unit = 'ms'
rows = 4
least = 22.611971
set ytics ('sequential' 4, 'processes' 3, 'threads' 2, 'uv' 1)
rule = '“CPU-bound: processes”: confirmed'
best = 22.611971
within = 23.7425696
