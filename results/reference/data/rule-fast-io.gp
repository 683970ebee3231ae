chart_title = 'rule 2: 8 fresh plain requests of 0 ms, width 8'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 0.550614
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
rule = '“fast I/O, few tasks: threads”: refuted'
best = 0.550614
within = 0.5781447
