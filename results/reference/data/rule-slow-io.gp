chart_title = '1,000 fresh requests of 50 ms, all at once'
unit = 's'
rows = 4
least = 0.100790896
set ytics ('sequential' 4, 'processes' 3, 'threads' 2, 'uv' 1)
set label 'over 10 s: stopped with 193 of 1000 done' at graph 0.98, first 4 right tc rgb 6710886
rule = '“slow I/O, many tasks: event loop”: confirmed'
best = 0.100790896
within = 0.105830441
