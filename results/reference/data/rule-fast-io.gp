chart_title = '8 fresh requests of 0 ms, all at once'
unit = 'ms'
rows = 4
least = 3.4104895
set ytics ('sequential' 4, 'processes' 3, 'threads' 2, 'uv' 1)
rule = '“fast I/O, few tasks: threads”: refuted'
best = 3.4104895
within = 3.58101398
