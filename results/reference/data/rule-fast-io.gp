chart_title = 'rule 2: 8 fresh plain requests of 0 ms, width 8'
axis = 'time of the whole process, ms'
logarithmic = 0
rows = 5
least = 3.0933005
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
rule = '“fast I/O, few tasks: threads”: refuted'
best = 3.0933005
within = 3.24796553
