chart_title = 'rule 1: 1,000 fresh plain requests of 50 ms, width 1,000'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 99.066848
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
set label 'over 10 s: stopped with 193 of 1000 done' at graph 0.98, first 5 right tc rgb 6710886
rule = '“slow I/O, many tasks: event loop”: confirmed'
best = 99.066848
within = 104.02019
