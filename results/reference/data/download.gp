chart_title = 'download: twelve sites over HTTP and HTTPS, all at once where the model can'
unit = 's'
rows = 4
least = 0.132306525
set ytics ('sequential' 4, 'processes' 3, 'threads' 2, 'uv' 1)
