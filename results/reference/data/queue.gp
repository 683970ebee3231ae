chart_title = 'queue: ten items, each a pause of 10 ms, five a producer'
axis = 'time of the run, ms'
logarithmic = 0
rows = 4
least = 50.9276725
set ytics ('processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
